import type { MessageInitShape } from "@bufbuild/protobuf";
import type { InfoSchema, StatusSchema } from "@davit/api/services/content";
import type { Info, Status } from "@davit/content";
import { parseDigest, type Digest } from "@davit/digest";
import { InvalidArgumentError, quote } from "@davit/errdefs";
import { toTimestamp } from "@davit/time";

export function infoToProto(info: Info): MessageInitShape<typeof InfoSchema> {
  return {
    digest: info.digest,
    size: info.sizeBytes,
    createdAt: toTimestamp(info.createdAt),
    updatedAt: toTimestamp(info.updatedAt),
    labels: { ...info.labels },
  };
}

export function statusToProto(status: Status): MessageInitShape<typeof StatusSchema> {
  return {
    ref: status.ref,
    offset: status.offset,
    total: status.total,
    expected: status.expected ?? "",
    startedAt: toTimestamp(status.startedAt),
    updatedAt: toTimestamp(status.updatedAt),
  };
}

/** The digest of Info and Update. @throws InvalidArgumentError `"x" failed validation`, without its kind's text, as containerd. */
export function validDigest(text: string): Digest {
  try {
    return parseDigest(text);
  } catch {
    throw new InvalidArgumentError(`${quote(text)} failed validation`, { bare: true });
  }
}

/** The digest of Read. @throws InvalidArgumentError `x: invalid checksum digest format` and the like. */
export function digestToRead(text: string): Digest {
  try {
    return parseDigest(text);
  } catch (cause) {
    throw new InvalidArgumentError(`${text}: ${(cause as Error).message}`, { bare: true });
  }
}
