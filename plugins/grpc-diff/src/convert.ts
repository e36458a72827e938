import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  Descriptor as DescriptorMessage,
  DescriptorSchema,
  Mount as MountMessage,
} from "@davit/api/types";
import { parseDigest } from "@davit/digest";
import type { Mount } from "@davit/mount";
import type { Descriptor } from "@davit/oci";

/** @throws InvalidArgumentError when the digest is none. */
export const descriptorFromProto = ({
  mediaType,
  digest,
  size,
  annotations,
}: DescriptorMessage): Descriptor => ({
  mediaType,
  digest: parseDigest(digest),
  size: Number(size),
  annotations: { ...annotations },
});

export const descriptorToProto = ({
  mediaType,
  digest,
  size,
  annotations = {},
}: Descriptor): MessageInitShape<typeof DescriptorSchema> => ({
  mediaType,
  digest,
  size: BigInt(size),
  annotations: { ...annotations },
});

export const mountsFromProto = (mounts: readonly MountMessage[]): Mount[] =>
  mounts.map(({ type, source, target, options }) => ({ type, source, target, options }));
