import { createHash } from "node:crypto";
import { constants, gzipSync, zstdCompressSync } from "node:zlib";
import { tar, type TarMember } from "./tar.ts";

/** How layers are compressed. */
export type Compression = "gzip" | "zstd" | "plain";

/** A blob of an image. */
export interface ImageDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly os: string; readonly architecture: string };
}

/** An image as a registry keeps it. */
export interface TestImage {
  /** The index, or where there is one platform only the manifest. */
  readonly target: ImageDescriptor;
  /** The manifests, in the order of the platforms. */
  readonly manifests: readonly ImageDescriptor[];
  /** Layers of every platform, bottom first. */
  readonly layers: readonly ImageDescriptor[];
  /** The digests of the layers' uncompressed archives. */
  readonly diffIds: readonly string[];
  /** All of it by digest. */
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

/** What an image is made of. */
export interface ImageOptions {
  /** Members of each layer, bottom first. */
  readonly layers: readonly (readonly TarMember[])[];
  /** Default gzip. */
  readonly compression?: Compression;
  /** Docker's media types instead of OCI's. */
  readonly docker?: boolean;
  /** `os/architecture`; more than one make an index. Default the host's. */
  readonly platforms?: readonly string[];
  /** An index even for one platform. */
  readonly index?: boolean;
  /** Members of the image configuration's `config`. */
  readonly config?: Readonly<Record<string, unknown>>;
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };
const HOST = `linux/${ARCHITECTURES[process.arch] ?? process.arch}`;

const OCI = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: {
    gzip: "application/vnd.oci.image.layer.v1.tar+gzip",
    zstd: "application/vnd.oci.image.layer.v1.tar+zstd",
    plain: "application/vnd.oci.image.layer.v1.tar",
  },
};
const DOCKER = {
  index: "application/vnd.docker.distribution.manifest.list.v2+json",
  manifest: "application/vnd.docker.distribution.manifest.v2+json",
  config: "application/vnd.docker.container.image.v1+json",
  layer: {
    gzip: "application/vnd.docker.image.rootfs.diff.tar.gzip",
    zstd: "application/vnd.docker.image.rootfs.diff.tar.zstd",
    plain: "application/vnd.docker.image.rootfs.diff.tar",
  },
};

/** Makes an image in memory. The same options give the same digests. */
export function makeImage(options: ImageOptions): TestImage {
  const { compression = "gzip", docker = false, platforms = [HOST], index = platforms.length > 1 } = options;
  const types = docker ? DOCKER : OCI;
  const blobs = new Map<string, Uint8Array>();
  const add = (mediaType: string, bytes: Uint8Array): ImageDescriptor => {
    const digest = digestOf(bytes);
    blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const addJson = (mediaType: string, value: object): ImageDescriptor =>
    add(mediaType, Buffer.from(JSON.stringify(value)));

  const archives = options.layers.map(tar);
  const layers = archives.map((archive) => add(types.layer[compression], compress(archive, compression)));
  const diffIds = archives.map(digestOf);
  const manifests = platforms.map((platform) => {
    const [os = "linux", architecture = ""] = platform.split("/");
    const config = addJson(types.config, {
      created: "1970-01-01T00:00:00Z",
      os,
      architecture,
      config: options.config ?? {},
      rootfs: { type: "layers", diff_ids: diffIds },
    });
    const manifest = addJson(types.manifest, {
      schemaVersion: 2,
      mediaType: types.manifest,
      config,
      layers,
    });
    return { ...manifest, platform: { os, architecture } };
  });
  const target = index
    ? addJson(types.index, { schemaVersion: 2, mediaType: types.index, manifests })
    : manifests[0];
  if (target === undefined) throw new TypeError("an image needs a platform");
  return { target, manifests, layers, diffIds, blobs };
}

const digestOf = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

function compress(archive: Uint8Array, compression: Compression): Uint8Array {
  if (compression === "gzip") return gzipSync(archive, { level: constants.Z_BEST_SPEED });
  return compression === "zstd" ? zstdCompressSync(archive) : archive;
}
