/** Every suite against every implementation: bare, behind metadata, through a daemon. @packageDocumentation */

export const name: string = "@davit/test-conformance";
