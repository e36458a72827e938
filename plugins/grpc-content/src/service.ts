import type { Content } from "@davit/api/services/content";
import type { ContentStore, Info } from "@davit/content";
import { parseDigest } from "@davit/digest";
import { InvalidArgumentError, quote } from "@davit/errdefs";
import type { CallOptions } from "@davit/namespaces";
import type { ServiceMethods } from "@davit/server";
import { infoToProto, statusToProto, validDigest } from "./convert.ts";
import { readContent } from "./read.ts";
import { writeContent } from "./write.ts";

/** So many blobs in one message of a list. */
const BATCH = 100;

/** The methods of `containerd.services.content.v1.Content` over a store. */
export function contentService(store: ContentStore): ServiceMethods<typeof Content> {
  return {
    info: async ({ digest }, options) => ({
      info: infoToProto(await store.info(validDigest(digest), options)),
    }),
    update: async ({ info, updateMask }, options) => {
      if (info === undefined) throw new InvalidArgumentError("info is required");
      const { labels } = info;
      const digest = validDigest(info.digest);
      const fieldpaths = updateMask?.paths;
      return { info: infoToProto(await store.update({ digest, labels }, { ...options, fieldpaths })) };
    },
    list: ({ filters }, options) => batches(store.list({ ...options, filters })),
    delete: async ({ digest }, options) => {
      await store.delete(parseDigest(digest), options);
      return {};
    },
    read: (request, options) => readContent(store, request, options),
    status: async ({ ref }, options) => ({ status: statusToProto(await statusOf(store, ref, options)) }),
    listStatuses: async ({ filters }, options) => ({
      statuses: (await store.listStatuses({ ...options, filters })).map(statusToProto),
    }),
    write: (requests, options) => writeContent(store, requests, options),
    abort: async ({ ref }, options) => {
      await store.abort(ref, options);
      return {};
    },
  };
}

async function* batches(
  infos: AsyncIterable<Info>,
): AsyncGenerator<{ info: ReturnType<typeof infoToProto>[] }> {
  let info: ReturnType<typeof infoToProto>[] = [];
  for await (const each of infos) {
    info.push(infoToProto(each));
    if (info.length < BATCH) continue;
    yield { info };
    info = [];
  }
  if (info.length > 0) yield { info };
}

async function statusOf(
  store: ContentStore,
  ref: string,
  options: CallOptions,
): ReturnType<ContentStore["status"]> {
  try {
    return await store.status(ref, options);
  } catch (cause) {
    throw new Error(`could not get status for ref ${quote(ref)}`, { cause });
  }
}
