import type { Info as InfoMessage, Status as StatusMessage } from "@davit/api/services/content";
import type { Info, Status } from "@davit/content";
import type { Digest } from "@davit/digest";
import { InternalError } from "@davit/errdefs";
import { fromTimestamp } from "@davit/time";

/** @throws InternalError when the server left the message out. */
export function infoFromProto(info: InfoMessage | undefined): Info {
  if (info === undefined) throw new InternalError("the content service answered without an info");
  return {
    digest: info.digest as Digest,
    sizeBytes: info.size,
    createdAt: fromTimestamp(info.createdAt),
    updatedAt: fromTimestamp(info.updatedAt),
    labels: { ...info.labels },
  };
}

/** @throws InternalError when the server left the message out. */
export function statusFromProto(status: StatusMessage | undefined): Status {
  if (status === undefined) throw new InternalError("the content service answered without a status");
  return {
    ref: status.ref,
    offset: status.offset,
    total: status.total,
    expected: status.expected === "" ? undefined : (status.expected as Digest),
    startedAt: fromTimestamp(status.startedAt),
    updatedAt: fromTimestamp(status.updatedAt),
  };
}
