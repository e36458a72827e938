/** The Davit command line. @packageDocumentation */

export const name: string = "@davit/davit";
