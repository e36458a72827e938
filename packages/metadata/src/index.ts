/** The namespaced metadata store that binds content, images, containers, snapshots and leases. @packageDocumentation */

export const name: string = "@davit/metadata";
