/** The container store: metadata of containers. @packageDocumentation */

export const name: string = "@davit/containers";
