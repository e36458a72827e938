/** Named streams between a client and the daemon. @packageDocumentation */

export const name: string = "@davit/streaming";
