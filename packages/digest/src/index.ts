/** Content digests: parse, validate, compute and verify. @packageDocumentation */

export const name: string = "@davit/digest";
