/** System calls of Linux through FFI, lazily bound. @packageDocumentation */

export const name: string = "@davit/sys";
