/** OCI platforms: parse, normalise, format and match. @packageDocumentation */

export const name: string = "@davit/platforms";
