import { InvalidArgumentError } from "@davit/errdefs";
import { parseDescriptor, type Descriptor } from "./descriptor.ts";
import { isRecord, parseJson, stringMap } from "./json.ts";
import { isIndexType, isManifestType } from "./media-types.ts";

/** One image: a configuration and its layers, bottom first (OCI image-spec v1.1 manifest.md). */
export interface Manifest {
  readonly schemaVersion: number;
  readonly mediaType?: string | undefined;
  readonly artifactType?: string | undefined;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  /** What this is about, where it is a referrer. */
  readonly subject?: Descriptor | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** Several manifests, as a rule one per platform (OCI image-spec v1.1 image-index.md). */
export interface Index {
  readonly schemaVersion: number;
  readonly mediaType?: string | undefined;
  readonly artifactType?: string | undefined;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/**
 * Reads the manifest that a descriptor of `mediaType` names.
 * @throws InvalidArgumentError for Docker's schema 1, for an index in disguise and for what is malformed.
 */
export function parseManifest(json: Uint8Array | string, mediaType: string): Manifest {
  const document = agreeing(json, mediaType);
  return {
    ...common(document),
    config: parseDescriptor(document["config"], "manifest: config"),
    layers: descriptors(document["layers"], "manifest: layer"),
  };
}

/**
 * Reads the index that a descriptor of `mediaType` names.
 * @throws InvalidArgumentError for a manifest in disguise and for what is malformed.
 */
export function parseIndex(json: Uint8Array | string, mediaType: string): Index {
  const document = agreeing(json, mediaType);
  return { ...common(document), manifests: descriptors(document["manifests"], "index: manifest") };
}

/** Parses a document and makes sure that it is what its media type says: else one could be verified and another run. */
function agreeing(json: Uint8Array | string, mediaType: string): Record<string, unknown> {
  const document = parseJson(json, "manifest");
  if (!isRecord(document)) throw new InvalidArgumentError("manifest: not an object");
  const own = typeof document["mediaType"] === "string" ? document["mediaType"] : "";
  if (isFilled(document["fsLayers"])) throw refused("schema 1 not supported");
  if (isManifestType(mediaType) && (isFilled(document["manifests"]) || isIndexType(own)))
    throw refused(`expected manifest but found index (${mediaType})`);
  const isManifest = isFilled(document["config"]) || isFilled(document["layers"]) || isManifestType(own);
  if (isIndexType(mediaType) && isManifest) throw refused(`expected index but found manifest (${mediaType})`);
  return document;
}

const refused = (text: string): InvalidArgumentError =>
  new InvalidArgumentError(`media-type: ${text}`, { bare: true });

const isFilled = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null;

function descriptors(value: unknown, where: string): readonly Descriptor[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new InvalidArgumentError(`${where}s: not a list`);
  return value.map((each, index) => parseDescriptor(each, `${where} ${index}`));
}

function common(document: Record<string, unknown>): Omit<Manifest, "config" | "layers"> {
  const { schemaVersion, mediaType, artifactType, subject } = document;
  const annotations = stringMap(document["annotations"], "manifest: annotations");
  return {
    schemaVersion: typeof schemaVersion === "number" ? schemaVersion : 2,
    ...(typeof mediaType === "string" && { mediaType }),
    ...(typeof artifactType === "string" && { artifactType }),
    ...(isRecord(subject) && { subject: parseDescriptor(subject, "manifest: subject") }),
    ...(annotations && { annotations }),
  };
}
