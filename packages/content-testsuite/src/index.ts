/** The contract of a content store, executable by anyone. @packageDocumentation */

export const name: string = "@davit/content-testsuite";
