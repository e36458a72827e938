import type { Compression } from "./compression.ts";

/** What the media type of a layer tells. */
export interface LayerMediaType {
  /** "detect": the type does not say, and only the bytes do (Docker's types without a suffix). */
  readonly compression: Compression | "detect";
  /** Encrypted as a whole; it must be decrypted before it is unpacked. */
  readonly encrypted: boolean;
  /** Not to be pushed: Docker's foreign and OCI's non-distributable layers. */
  readonly nondistributable: boolean;
}

const OCI = "application/vnd.oci.image.layer.v1.tar";
const OCI_NONDISTRIBUTABLE = "application/vnd.oci.image.layer.nondistributable.v1.tar";
const DOCKER = "application/vnd.docker.image.rootfs.diff.tar";
const DOCKER_FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar";

/** Types as they stand before any `+suffix`, with the compression they promise (containerd core/images/mediatypes.go). */
const BASES: Readonly<Record<string, Omit<LayerMediaType, "encrypted">>> = {
  [OCI]: { compression: "none", nondistributable: false },
  [OCI_NONDISTRIBUTABLE]: { compression: "none", nondistributable: true },
  [DOCKER]: { compression: "detect", nondistributable: false },
  [`${DOCKER}.gzip`]: { compression: "gzip", nondistributable: false },
  [`${DOCKER}.zstd`]: { compression: "zstd", nondistributable: false },
  [DOCKER_FOREIGN]: { compression: "detect", nondistributable: true },
  [`${DOCKER_FOREIGN}.gzip`]: { compression: "gzip", nondistributable: true },
};

/** Parses the media type of a layer; undefined when it is none of Docker's or OCI's, or has a suffix nobody knows. */
export function parseLayerMediaType(mediaType: string): LayerMediaType | undefined {
  const [base = "", ...suffixes] = mediaType.split("+");
  const known = Object.hasOwn(BASES, base) ? BASES[base] : undefined;
  if (!known || suffixes.some((suffix) => !["gzip", "zstd", "encrypted"].includes(suffix))) return undefined;
  const suffix = suffixes.findLast((suffix): suffix is "gzip" | "zstd" => suffix !== "encrypted");
  return { ...known, compression: suffix ?? known.compression, encrypted: suffixes.includes("encrypted") };
}

/** Tells whether `mediaType` is that of a layer this package can unpack. */
export function isLayerMediaType(mediaType: string): boolean {
  return parseLayerMediaType(mediaType)?.encrypted === false;
}
