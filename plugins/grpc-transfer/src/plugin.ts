import { Transfer } from "@davit/api/services/transfer";
import { plugin, requires, requiresAll, type InitContext, type Plugin } from "@davit/plugin";
import { GrpcPlugin, implement, type GrpcServices } from "@davit/server";
import { StreamingPlugin, type StreamManager } from "@davit/streaming";
import { TransferPlugin, type Transferrer } from "@davit/transfer";
import { transferService } from "./service.ts";

/** `io.containerd.grpc.v1.transfer`. */
@plugin({ type: GrpcPlugin, id: "transfer" })
export class GrpcTransferPlugin implements Plugin<GrpcServices> {
  readonly #transferrers: ReadonlyMap<string, Transferrer>;
  readonly #streams: StreamManager;

  constructor(
    @requiresAll(TransferPlugin) transferrers: ReadonlyMap<string, Transferrer>,
    @requires(StreamingPlugin) streams: StreamManager,
  ) {
    this.#transferrers = transferrers;
    this.#streams = streams;
  }

  init({ log }: InitContext): GrpcServices {
    const service = transferService({ transferrers: this.#transferrers, streams: this.#streams, log });
    return { grpc: [implement(Transfer, service)] };
  }
}
