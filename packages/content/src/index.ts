/** Content stores: blobs by digest, and the ingests that become them. @packageDocumentation */

export const name: string = "@davit/content";
