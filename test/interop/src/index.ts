/** Davit driven by programs we did not write. @packageDocumentation */

export const name: string = "@davit/test-interop";
