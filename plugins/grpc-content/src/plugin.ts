import { Content } from "@davit/api/services/content";
import { ContentService } from "@davit/content";
import { MetadataPlugin, type MetadataStore } from "@davit/metadata";
import { plugin, requires, requiresOne, type Plugin } from "@davit/plugin";
import { GrpcPlugin, implement, type GrpcServices, type ServiceMethods } from "@davit/server";
import { contentService } from "./service.ts";

type ContentMethods = ServiceMethods<typeof Content>;

/** `io.containerd.service.v1.content-service`: the content API over the stores of all namespaces. */
@plugin({ ...ContentService })
export class ContentServicePlugin implements Plugin<ContentMethods> {
  readonly #metadata: MetadataStore;
  constructor(@requires(MetadataPlugin) metadata: MetadataStore) {
    this.#metadata = metadata;
  }
  init(): ContentMethods {
    return contentService(this.#metadata.content);
  }
}

/** `io.containerd.grpc.v1.content`: serves it. */
@plugin({ type: GrpcPlugin, id: "content" })
export class GrpcContentPlugin implements Plugin<GrpcServices> {
  readonly #service: ContentMethods;
  constructor(@requiresOne(ContentService) service: ContentMethods) {
    this.#service = service;
  }
  init(): GrpcServices {
    return { grpc: [implement(Content, this.#service)] };
  }
}
