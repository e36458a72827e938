import type { Images } from "@davit/api/services/images";
import type { GcScheduler } from "@davit/gc";
import type { ImageStore } from "@davit/images";
import type { ServiceMethods } from "@davit/server";
import { fromTimestamp } from "@davit/time";
import { imageFromProto, imageToProto } from "./convert.ts";

type Epoch = Parameters<typeof fromTimestamp>[0];

const epochOf = (timestamp: Epoch): bigint | undefined => timestamp && fromTimestamp(timestamp);

/**
 * The methods of `containerd.services.images.v1.Images` over a store. A synchronous deletion waits for the collection that
 * follows; without a scheduler there is none.
 */
export function imagesService(images: ImageStore, gc?: GcScheduler): ServiceMethods<typeof Images> {
  return {
    get: async ({ name }, options) => ({ image: imageToProto(await images.get(name, options)) }),
    list: async ({ filters }, options) => ({
      images: await Array.fromAsync(images.list({ ...options, filters }), imageToProto),
    }),
    create: async ({ image, sourceDateEpoch }, options) => {
      const call = { ...options, sourceDateEpoch: epochOf(sourceDateEpoch) };
      return { image: imageToProto(await images.create(imageFromProto(image), call)) };
    },
    update: async ({ image, updateMask, sourceDateEpoch }, options) => {
      const fieldpaths = updateMask?.paths;
      const call = { ...options, fieldpaths, sourceDateEpoch: epochOf(sourceDateEpoch) };
      return { image: imageToProto(await images.update(imageFromProto(image), call)) };
    },
    delete: async ({ name, sync, target }, options) => {
      await images.delete(name, { ...options, target: target?.digest });
      if (sync) await gc?.scheduleAndWait({ signal: options.signal });
      return {};
    },
  };
}
