// Media types of the OCI image-spec v1.1 (media-types.md), of Docker's image schema 2, and of containerd's own blobs.

export const MEDIA_TYPE_DESCRIPTOR = "application/vnd.oci.descriptor.v1+json";
export const MEDIA_TYPE_IMAGE_INDEX = "application/vnd.oci.image.index.v1+json";
export const MEDIA_TYPE_IMAGE_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const MEDIA_TYPE_IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json";
export const MEDIA_TYPE_IMAGE_LAYER = "application/vnd.oci.image.layer.v1.tar";
export const MEDIA_TYPE_IMAGE_LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip";
export const MEDIA_TYPE_IMAGE_LAYER_ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd";
export const MEDIA_TYPE_IMAGE_LAYER_ENCRYPTED = "application/vnd.oci.image.layer.v1.tar+encrypted";
export const MEDIA_TYPE_IMAGE_LAYER_GZIP_ENCRYPTED = "application/vnd.oci.image.layer.v1.tar+gzip+encrypted";
/** The type of the empty JSON object that stands for "no config" or "no layer" in artifacts. */
export const MEDIA_TYPE_EMPTY_JSON = "application/vnd.oci.empty.v1+json";

export const MEDIA_TYPE_DOCKER_MANIFEST_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
export const MEDIA_TYPE_DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
/** Docker's first schema: refused everywhere. */
export const MEDIA_TYPE_DOCKER_SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+prettyjws";
export const MEDIA_TYPE_DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
export const MEDIA_TYPE_DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar";
export const MEDIA_TYPE_DOCKER_LAYER_GZIP = "application/vnd.docker.image.rootfs.diff.tar.gzip";
export const MEDIA_TYPE_DOCKER_LAYER_ZSTD = "application/vnd.docker.image.rootfs.diff.tar.zstd";
export const MEDIA_TYPE_DOCKER_FOREIGN_LAYER = "application/vnd.docker.image.rootfs.foreign.diff.tar";
export const MEDIA_TYPE_DOCKER_FOREIGN_LAYER_GZIP =
  "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";

export const MEDIA_TYPE_EROFS_LAYER = "application/vnd.erofs.layer.v1";
export const MEDIA_TYPE_IN_TOTO = "application/vnd.in-toto+json";

export const MEDIA_TYPE_CHECKPOINT_CONFIG = "application/vnd.containerd.container.checkpoint.config.v1+proto";
export const MEDIA_TYPE_CHECKPOINT_CRIU = "application/vnd.containerd.container.criu.checkpoint.criu.tar";
export const MEDIA_TYPE_CHECKPOINT_PREDUMP =
  "application/vnd.containerd.container.criu.checkpoint.predump.tar";
export const MEDIA_TYPE_CHECKPOINT_RESOURCE = "application/vnd.containerd.container.resource.tar";
export const MEDIA_TYPE_CHECKPOINT_RW = "application/vnd.containerd.container.rw.tar";
export const MEDIA_TYPE_CHECKPOINT_OPTIONS =
  "application/vnd.containerd.container.checkpoint.options.v1+proto";
export const MEDIA_TYPE_CHECKPOINT_RUNTIME_NAME =
  "application/vnd.containerd.container.checkpoint.runtime.name";
export const MEDIA_TYPE_CHECKPOINT_RUNTIME_OPTIONS =
  "application/vnd.containerd.container.checkpoint.runtime.options+proto";

const OCI_LAYER_PREFIX = "application/vnd.oci.image.layer.";
const NON_DISTRIBUTABLE_PREFIXES = [
  "application/vnd.oci.image.layer.nondistributable.",
  "application/vnd.docker.image.rootfs.foreign.",
];
/** Docker's layer types without their compression, which `.gzip` or `.zstd` names. */
const DOCKER_LAYERS = [MEDIA_TYPE_DOCKER_LAYER, MEDIA_TYPE_DOCKER_FOREIGN_LAYER];

/** A manifest of one image, OCI's or Docker's. */
export const isManifestType = (mediaType: string): boolean =>
  mediaType === MEDIA_TYPE_IMAGE_MANIFEST || mediaType === MEDIA_TYPE_DOCKER_MANIFEST;

/** An index (OCI) or manifest list (Docker). */
export const isIndexType = (mediaType: string): boolean =>
  mediaType === MEDIA_TYPE_IMAGE_INDEX || mediaType === MEDIA_TYPE_DOCKER_MANIFEST_LIST;

/** The configuration of an image. */
export const isConfigType = (mediaType: string): boolean =>
  mediaType === MEDIA_TYPE_IMAGE_CONFIG || mediaType === MEDIA_TYPE_DOCKER_CONFIG;

/** A configuration of an image or of a checkpoint: what has no children and no layers' bytes. */
export const isKnownConfig = (mediaType: string): boolean =>
  isConfigType(mediaType) || mediaType === MEDIA_TYPE_CHECKPOINT_CONFIG;

/** A layer of a root file system, compressed, encrypted or neither. */
export function isLayerType(mediaType: string): boolean {
  if (mediaType.startsWith(OCI_LAYER_PREFIX) || mediaType === MEDIA_TYPE_EROFS_LAYER) return true;
  return DOCKER_LAYERS.includes(mediaType.replace(/[.+](?:gzip|zstd)$/, ""));
}

/** A layer that its publisher allows nobody else to distribute. */
export const isNonDistributable = (mediaType: string): boolean =>
  NON_DISTRIBUTABLE_PREFIXES.some((prefix) => mediaType.startsWith(prefix));

/** A layer that must be decrypted before it is unpacked. */
export const isEncryptedLayer = (mediaType: string): boolean =>
  isLayerType(mediaType) && mediaType.split("+").includes("encrypted");

/** A statement about an image (in-toto), as BuildKit attaches them. */
export const isAttestationType = (mediaType: string): boolean => mediaType === MEDIA_TYPE_IN_TOTO;

/** How a layer's bytes are compressed as far as its type tells: `""` not at all, `unknown` when it must be detected. */
export function layerCompression(mediaType: string): "" | "gzip" | "zstd" | "unknown" {
  const compression = /[.+](gzip|zstd)(?:\+encrypted)?$/.exec(mediaType)?.[1];
  if (compression === "gzip" || compression === "zstd") return compression;
  return mediaType.startsWith("application/vnd.docker.") || isEncryptedLayer(mediaType) ? "unknown" : "";
}
