/** The sixteen kinds of error of containerd, with chains of causes and their status codes. @packageDocumentation */

export const name: string = "@davit/errdefs";
