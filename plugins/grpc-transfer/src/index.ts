/** The transfer service, `containerd.services.transfer.v1.Transfer`: io.containerd.grpc.v1.transfer. @packageDocumentation */
export { GrpcTransferPlugin } from "./plugin.ts";
export { transferService, type TransferServiceOptions } from "./service.ts";
