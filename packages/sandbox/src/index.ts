/** Sandboxes: their store and their controllers. @packageDocumentation */

export const name: string = "@davit/sandbox";
