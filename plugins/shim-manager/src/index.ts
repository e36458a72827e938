/** The shim manager: io.containerd.shim.v1.manager. @packageDocumentation */

export const name: string = "@davit/plugin-shim-manager";
