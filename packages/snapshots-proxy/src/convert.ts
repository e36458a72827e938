import { Kind as KindNumber, type Info as InfoMessage } from "@davit/api/services/snapshots";
import type { Mount as MountMessage } from "@davit/api/types";
import { InternalError } from "@davit/errdefs";
import type { Mount } from "@davit/mount";
import type { Info, Kind } from "@davit/snapshots";
import { fromTimestamp } from "@davit/time";

const KINDS = new Map<number, Kind>([
  [KindNumber.VIEW, "view"],
  [KindNumber.ACTIVE, "active"],
  [KindNumber.COMMITTED, "committed"],
]);

/** @throws InternalError when the server left the message out, or names a kind nobody knows. */
export function infoFromProto(info: InfoMessage | undefined): Info {
  if (info === undefined) throw new InternalError("the snapshots service answered without an info");
  const kind = KINDS.get(info.kind);
  if (kind === undefined)
    throw new InternalError(`the snapshots service answered with a snapshot of unknown kind ${info.kind}`);
  return {
    name: info.name,
    parent: info.parent,
    kind,
    createdAt: fromTimestamp(info.createdAt),
    updatedAt: fromTimestamp(info.updatedAt),
    labels: { ...info.labels },
  };
}

export const mountsFromProto = (mounts: readonly MountMessage[]): Mount[] =>
  mounts.map(({ type, source, target, options }) => ({ type, source, target, options: [...options] }));
