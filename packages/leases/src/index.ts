/** Leases: what must not be collected yet. @packageDocumentation */

export const name: string = "@davit/leases";
