/** A content store in another process, spoken to over gRPC. @packageDocumentation */

export const name: string = "@davit/content-proxy";
