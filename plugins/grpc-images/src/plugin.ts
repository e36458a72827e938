import { Images } from "@davit/api/services/images";
import { GcPlugin, type GcScheduler } from "@davit/gc";
import { ImagesService } from "@davit/images";
import { WarningPlugin, type WarningStore } from "@davit/introspection";
import { MetadataPlugin, type MetadataStore } from "@davit/metadata";
import { plugin, requires, requiresOne, requiresOptional, type Plugin } from "@davit/plugin";
import { GrpcPlugin, implement, type GrpcServices, type ServiceMethods } from "@davit/server";
import { imagesService } from "./service.ts";

type ImagesMethods = ServiceMethods<typeof Images>;

/** `io.containerd.service.v1.images-service`: the images API over the metadata store. */
@plugin({ ...ImagesService })
export class ImagesServicePlugin implements Plugin<ImagesMethods> {
  readonly #metadata: MetadataStore;
  readonly #gc: GcScheduler | undefined;

  constructor(
    @requires(MetadataPlugin) metadata: MetadataStore,
    @requiresOptional(GcPlugin) gc: GcScheduler | undefined,
    // containerd's requires it for warnings that it no longer has.
    @requiresOptional(WarningPlugin) _warnings: WarningStore | undefined,
  ) {
    this.#metadata = metadata;
    this.#gc = gc;
  }

  init(): ImagesMethods {
    return imagesService(this.#metadata.images, this.#gc);
  }
}

/** `io.containerd.grpc.v1.images`: serves it. */
@plugin({ type: GrpcPlugin, id: "images" })
export class GrpcImagesPlugin implements Plugin<GrpcServices> {
  readonly #service: ImagesMethods;
  constructor(@requiresOne(ImagesService) service: ImagesMethods) {
    this.#service = service;
  }
  init(): GrpcServices {
    return { grpc: [implement(Images, this.#service)] };
  }
}
