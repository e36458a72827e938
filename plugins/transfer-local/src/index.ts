/** The transfer service: io.containerd.transfer.v1.local. @packageDocumentation */

export const name: string = "@davit/plugin-transfer-local";
