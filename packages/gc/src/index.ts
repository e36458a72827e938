/** Garbage collection: the references that keep things alive. @packageDocumentation */

export const name: string = "@davit/gc";
