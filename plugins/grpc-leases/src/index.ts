/** The leases service. @packageDocumentation */

export const name: string = "@davit/plugin-grpc-leases";
