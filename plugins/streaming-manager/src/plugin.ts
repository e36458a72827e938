import { MetadataPlugin, type MetadataStore } from "@davit/metadata";
import { plugin, requires, type Plugin } from "@davit/plugin";
import { StreamingPlugin, type StreamManager } from "@davit/streaming";
import { StreamRegistry } from "./stream-registry.ts";

/** `io.containerd.streaming.v1.manager`. */
@plugin({ type: StreamingPlugin, id: "manager" })
export class StreamingManagerPlugin implements Plugin<StreamManager> {
  readonly #metadata: MetadataStore;
  constructor(@requires(MetadataPlugin) metadata: MetadataStore) {
    this.#metadata = metadata;
  }
  init(): StreamRegistry {
    return new StreamRegistry(this.#metadata.leases);
  }
}
