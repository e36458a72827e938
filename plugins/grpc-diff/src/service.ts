import type { Diff } from "@davit/api/services/diff";
import type { Differ } from "@davit/diff";
import {
  InvalidArgumentError,
  isNotImplemented,
  NotImplementedError,
  quote,
  UnavailableError,
} from "@davit/errdefs";
import { runAs } from "@davit/plugin";
import type { ServiceMethods } from "@davit/server";
import { fromTimestamp } from "@davit/time";
import { descriptorFromProto, descriptorToProto, mountsFromProto } from "./convert.ts";

/** What the diff service works with. */
export interface DiffServiceOptions {
  /** By id; looked up for every call. */
  readonly differs: Pick<ReadonlyMap<string, Differ>, "get">;
  /** The ids of those that are asked, the first first. */
  readonly order: readonly string[];
  /** Sync file systems whether a request asks for it or not. */
  readonly syncFs?: boolean;
}

/** The methods of `containerd.services.diff.v1.Diff`: each differ in turn, until one does not answer Unimplemented. */
export function diffService(service: DiffServiceOptions): ServiceMethods<typeof Diff> {
  return {
    apply: async ({ diff, mounts, syncFs }, options) => {
      if (diff === undefined) throw new InvalidArgumentError("diff is required");
      const descriptor = descriptorFromProto(diff);
      const into = mountsFromProto(mounts);
      const apply = { ...options, syncFs: syncFs || service.syncFs === true };
      const applied = await firstOf(service, (differ) => differ.apply(descriptor, into, apply));
      return { applied: descriptorToProto(applied) };
    },
    diff: async ({ left, right, mediaType, ref, labels, sourceDateEpoch }, options) => {
      const compare = {
        ...options,
        mediaType,
        ref,
        labels,
        sourceDateEpoch: sourceDateEpoch && fromTimestamp(sourceDateEpoch),
      };
      const made = await firstOf(service, async (differ, id) => {
        if (differ.compare === undefined)
          throw new NotImplementedError(`differ ${quote(id)} does not make layers`);
        return differ.compare(mountsFromProto(left), mountsFromProto(right), compare);
      });
      return { diff: descriptorToProto(made) };
    },
  };
}

/** What the first differ answers that can; the last one's NotImplementedError when none can. */
async function firstOf<T>(
  { differs, order }: DiffServiceOptions,
  call: (differ: Differ, id: string) => Promise<T>,
): Promise<T> {
  let refusal: unknown = new NotImplementedError("no differ is configured");
  for (const id of order) {
    const differ = differs.get(id);
    if (differ === undefined) throw new UnavailableError(`differ ${quote(id)} is not loaded`);
    try {
      return await runAs(differ, () => call(differ, id));
    } catch (err) {
      if (!isNotImplemented(err)) throw err;
      refusal = err;
    }
  }
  throw refusal;
}
