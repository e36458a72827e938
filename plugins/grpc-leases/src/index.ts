/** The leases service of containerd's API. @packageDocumentation */
export { GrpcLeasesPlugin } from "./plugin.ts";
export { leasesService } from "./service.ts";
