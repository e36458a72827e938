/** The transfer service: `io.containerd.transfer.v1.local`. @packageDocumentation */
export type { TransferConfig, UnpackConfig } from "./config.ts";
export { LocalTransfer, type LocalTransferOptions } from "./local-transfer.ts";
export { TransferLocalPlugin } from "./plugin.ts";
