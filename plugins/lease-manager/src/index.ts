/** The lease manager: io.containerd.lease.v1.manager. @packageDocumentation */

export const name: string = "@davit/plugin-lease-manager";
