import type { MessageInitShape } from "@bufbuild/protobuf";
import { Kind, type InfoSchema } from "@davit/api/services/snapshots";
import type { MountSchema } from "@davit/api/types";
import type { Mount } from "@davit/mount";
import type { Info } from "@davit/snapshots";
import { toTimestamp } from "@davit/time";

const KINDS = { view: Kind.VIEW, active: Kind.ACTIVE, committed: Kind.COMMITTED } as const;

export function infoToProto(info: Info): MessageInitShape<typeof InfoSchema> {
  return {
    name: info.name,
    parent: info.parent,
    kind: KINDS[info.kind],
    createdAt: toTimestamp(info.createdAt),
    updatedAt: toTimestamp(info.updatedAt),
    labels: { ...info.labels },
  };
}

export const mountsToProto = (mounts: readonly Mount[]): MessageInitShape<typeof MountSchema>[] =>
  mounts.map(({ type, source, target = "", options }) => ({ type, source, target, options: [...options] }));
