import type { Platform as PlatformMessage } from "@davit/api/types";
import { ImageStoreSchema, OCIRegistrySchema, type ImageStore, type OCIRegistry } from "@davit/api/transfer";
import { InvalidArgumentError, quote, UnknownError } from "@davit/errdefs";
import type { CallOptions } from "@davit/namespaces";
import type { Platform } from "@davit/platforms";
import type { StreamManager } from "@davit/streaming";
import type { ImageStoreEnd, RegistryEnd, TransferEnd } from "@davit/transfer";
import { isAnyOf, unpackAny, type Any } from "@davit/typeurl";
import { askOver } from "./credentials.ts";

/** What stands where a request has no source or destination. */
export const NO_TYPE: Any = { typeUrl: "", value: new Uint8Array() };

/**
 * The end of a transfer that a message names; undefined for one that names none, though we know it.
 * @throws UnknownError `type with url …: not found`, as containerd; NotFoundError for a stream; InvalidArgumentError.
 */
export async function decodeEnd(
  any: Any,
  streams: StreamManager,
  call: CallOptions,
): Promise<TransferEnd | undefined> {
  if (isAnyOf(any, OCIRegistrySchema))
    return await registryEnd(unpackAny(any, OCIRegistrySchema), streams, call);
  if (isAnyOf(any, ImageStoreSchema)) return imageStoreEnd(unpackAny(any, ImageStoreSchema));
  // Many modules, and only for a client that is mistaken.
  const { allTypes } = await import("@davit/api");
  const name = any.typeUrl.slice(any.typeUrl.lastIndexOf("/") + 1);
  if (allTypes.getMessage(name) === undefined)
    throw new UnknownError(`type with url ${any.typeUrl}: not found`);
  return undefined;
}

async function registryEnd(
  { reference, resolver }: OCIRegistry,
  streams: StreamManager,
  call: CallOptions,
): Promise<RegistryEnd> {
  const { authStream = "", defaultScheme = "", headers = {}, hostDir } = resolver ?? {};
  const credentials =
    authStream === "" ? undefined : askOver(await streams.get(authStream, call), call.signal);
  return {
    kind: "oci-registry",
    reference,
    headers,
    hostDir,
    defaultScheme: schemeOf(defaultScheme),
    credentials,
  };
}

function schemeOf(text: string): "http" | "https" | undefined {
  if (text === "" || text === "http" || text === "https") return text || undefined;
  throw new InvalidArgumentError(`unsupported default scheme ${quote(text)}`);
}

function imageStoreEnd(message: ImageStore): ImageStoreEnd {
  const { name, labels, allMetadata, manifestLimit, extraReferences } = message;
  return {
    kind: "image-store",
    name,
    labels,
    allMetadata,
    manifestLimit,
    platforms: message.platforms.map(platformOf),
    extraReferences: extraReferences.map(
      ({ name, isPrefix, allowOverwrite, addDigest, skipNamedDigest }) => ({
        name,
        isPrefix,
        allowOverwrite,
        addDigest,
        skipNamedDigest,
      }),
    ),
    unpacks: message.unpacks.map(({ platform, snapshotter }) => ({
      platform: platform && platformOf(platform),
      snapshotter,
    })),
  };
}

const platformOf = ({ os, architecture, variant, osVersion, osFeatures }: PlatformMessage): Platform => ({
  os,
  architecture,
  variant,
  osVersion,
  osFeatures,
});
