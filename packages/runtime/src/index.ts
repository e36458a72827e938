/** Runtimes, shims and bundles. @packageDocumentation */

export const name: string = "@davit/runtime";
