/** The typed client, for Davit and for containerd. @packageDocumentation */

export const name: string = "@davit/client";
