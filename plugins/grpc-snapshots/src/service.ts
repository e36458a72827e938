import type { MessageInitShape } from "@bufbuild/protobuf";
import type { InfoSchema, Snapshots } from "@davit/api/services/snapshots";
import { InvalidArgumentError, NotImplementedError, UnknownError, wireMessage } from "@davit/errdefs";
import { parseFilters } from "@davit/filters";
import { requireNamespace } from "@davit/namespaces";
import type { ServiceMethods } from "@davit/server";
import type { Info, Snapshotter } from "@davit/snapshots";
import { infoToProto, mountsToProto } from "./convert.ts";

/** So many snapshots in one message of a list. */
const BATCH = 100;

/** Snapshotters by name; looked up for every call. */
export type Snapshotters = Pick<ReadonlyMap<string, Snapshotter>, "get">;

/** The methods of `containerd.services.snapshots.v1.Snapshots` over snapshotters, one of which every request names. */
export function snapshotsService(snapshotters: Snapshotters): ServiceMethods<typeof Snapshots> {
  const of = ({ snapshotter }: { readonly snapshotter: string }) => find(snapshotters, snapshotter);
  return {
    prepare: async (request, options) => {
      const snapshotter = of(request);
      const { key, parent, labels } = request;
      checkKey(key);
      return { mounts: mountsToProto(await snapshotter.prepare(key, parent, { ...options, labels })) };
    },
    view: async (request, options) => {
      const snapshotter = of(request);
      const { key, parent, labels } = request;
      checkKey(key);
      return { mounts: mountsToProto(await snapshotter.view(key, parent, { ...options, labels })) };
    },
    mounts: async (request, options) => ({
      mounts: mountsToProto(await of(request).mounts(request.key, options)),
    }),
    commit: async (request, options) => {
      const snapshotter = of(request);
      const { name, key, labels } = request;
      checkKey(name);
      const parent = request.parent === "" ? undefined : request.parent;
      await snapshotter.commit(name, key, { ...options, labels, parent });
      return {};
    },
    remove: async (request, options) => {
      await of(request).remove(request.key, options);
      return {};
    },
    stat: async (request, options) => ({ info: infoToProto(await of(request).stat(request.key, options)) }),
    update: async (request, options) => {
      const snapshotter = of(request);
      const { info, updateMask } = request;
      if (info === undefined) throw new InvalidArgumentError("info is required");
      const { name, labels } = info;
      const fieldpaths = updateMask?.paths;
      return { info: infoToProto(await snapshotter.update({ name, labels }, { ...options, fieldpaths })) };
    },
    list: (request, options) => list(of(request), request.filters, options),
    usage: async (request, options) => {
      const { sizeBytes: size, inodes } = await of(request).usage(request.key, options);
      return { size, inodes };
    },
    cleanup: async (request, options) => {
      const snapshotter = of(request);
      if (snapshotter.cleanup === undefined)
        throw new NotImplementedError("snapshotter does not implement Cleanup method");
      await snapshotter.cleanup(options);
      return {};
    },
  };
}

function find(snapshotters: Snapshotters, name: string): Snapshotter {
  if (name === "") throw new InvalidArgumentError("snapshotter argument missing");
  const snapshotter = snapshotters.get(name);
  if (snapshotter === undefined) throw new InvalidArgumentError(`snapshotter not loaded: ${name}`);
  return snapshotter;
}

/** Refuses to make a snapshot without a name, in the words of containerd's database. */
function checkKey(key: string): void {
  if (key === "") throw new UnknownError("bucket name required");
}

async function* list(
  snapshotter: Snapshotter,
  filters: readonly string[],
  options: Parameters<Snapshotter["list"]>[0],
): AsyncGenerator<{ info: MessageInitShape<typeof InfoSchema>[] }> {
  requireNamespace(options);
  checkFilters(filters);
  let batch: Info[] = [];
  for await (const info of snapshotter.list({ ...options, filters })) {
    batch.push(info);
    if (batch.length < BATCH) continue;
    yield { info: batch.map(infoToProto) };
    batch = [];
  }
  if (batch.length > 0) yield { info: batch.map(infoToProto) };
}

/** containerd does not classify the errors of this one list: a filter that does not parse is of code Unknown (reference 01 §4). */
function checkFilters(filters: readonly string[]): void {
  try {
    parseFilters(filters);
  } catch (err) {
    throw new UnknownError(wireMessage(err));
  }
}
