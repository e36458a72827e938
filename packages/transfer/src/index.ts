/** The transfer service: move images between registries, stores and streams. @packageDocumentation */

export const name: string = "@davit/transfer";
