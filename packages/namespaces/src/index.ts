/** Namespaces, and the options every namespaced call carries. @packageDocumentation */

export const name: string = "@davit/namespaces";
