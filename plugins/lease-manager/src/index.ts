/** The lease manager: io.containerd.lease.v1.manager. @packageDocumentation */
export { ManagedLeases } from "./managed-leases.ts";
export { LeaseManagerPlugin } from "./plugin.ts";
