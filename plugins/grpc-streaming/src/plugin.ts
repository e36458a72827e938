import { Streaming } from "@davit/api/services/streaming";
import { plugin, requires, type Plugin } from "@davit/plugin";
import { GrpcPlugin, implement, type GrpcServices } from "@davit/server";
import { StreamingPlugin, type StreamManager } from "@davit/streaming";
import { streamingService } from "./service.ts";

/** `io.containerd.grpc.v1.streaming`. */
@plugin({ type: GrpcPlugin, id: "streaming" })
export class GrpcStreamingPlugin implements Plugin<GrpcServices> {
  readonly #streams: StreamManager;
  constructor(@requires(StreamingPlugin) streams: StreamManager) {
    this.#streams = streams;
  }
  init(): GrpcServices {
    return { grpc: [implement(Streaming, streamingService(this.#streams))] };
  }
}
