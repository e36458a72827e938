import { isDigest, type Digest } from "@davit/digest";
import { InvalidArgumentError } from "@davit/errdefs";
import { isRecord, strings, stringMap } from "./json.ts";

/** What a manifest runs on, as it stands in the JSON (OCI image-spec v1.1 image-index.md). */
export interface OciPlatform {
  readonly architecture: string;
  readonly os: string;
  readonly "os.version"?: string | undefined;
  readonly "os.features"?: readonly string[] | undefined;
  readonly variant?: string | undefined;
}

/** Where a blob is found, and what it must be (OCI image-spec v1.1 descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** Other places to fetch it from. */
  readonly urls?: readonly string[] | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** The blob itself, base64. */
  readonly data?: string | undefined;
  readonly platform?: OciPlatform | undefined;
  readonly artifactType?: string | undefined;
}

/**
 * Checks a value from JSON. What the specification does not know is dropped.
 * @throws InvalidArgumentError when it is no descriptor; `where` begins its text.
 */
export function parseDescriptor(value: unknown, where = "descriptor"): Descriptor {
  if (!isRecord(value)) throw new InvalidArgumentError(`${where}: not an object`);
  const { mediaType = "", digest, size } = value;
  if (typeof mediaType !== "string") throw new InvalidArgumentError(`${where}: media type is no string`);
  if (typeof digest !== "string" || !isDigest(digest))
    throw new InvalidArgumentError(`${where}: invalid digest ${JSON.stringify(digest)}`);
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0)
    throw new InvalidArgumentError(`${where}: invalid size ${JSON.stringify(size)}`);
  const urls = strings(value["urls"], `${where}: urls`);
  const annotations = stringMap(value["annotations"], `${where}: annotations`);
  const { data, platform, artifactType } = value;
  return {
    mediaType,
    digest,
    size,
    ...(urls && { urls }),
    ...(annotations && { annotations }),
    ...(typeof data === "string" && { data }),
    ...(isRecord(platform) && { platform: parsePlatform(platform, where) }),
    ...(typeof artifactType === "string" && { artifactType }),
  };
}

function parsePlatform(value: Record<string, unknown>, where: string): OciPlatform {
  const { architecture = "", os = "", variant } = value;
  const version = value["os.version"];
  const features = strings(value["os.features"], `${where}: os.features`);
  if (typeof architecture !== "string" || typeof os !== "string")
    throw new InvalidArgumentError(`${where}: invalid platform`);
  return {
    architecture,
    os,
    ...(typeof version === "string" && { "os.version": version }),
    ...(features && { "os.features": features }),
    ...(typeof variant === "string" && { variant }),
  };
}
