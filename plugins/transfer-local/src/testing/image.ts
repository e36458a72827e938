import { gzipSync, zstdCompressSync } from "node:zlib";
import { digestOf, type Digest } from "@davit/digest";
import {
  MEDIA_TYPE_DOCKER_CONFIG,
  MEDIA_TYPE_DOCKER_LAYER_GZIP,
  MEDIA_TYPE_DOCKER_MANIFEST,
  MEDIA_TYPE_IMAGE_CONFIG,
  MEDIA_TYPE_IMAGE_INDEX,
  MEDIA_TYPE_IMAGE_LAYER,
  MEDIA_TYPE_IMAGE_LAYER_GZIP,
  MEDIA_TYPE_IMAGE_LAYER_ZSTD,
  MEDIA_TYPE_IMAGE_MANIFEST,
  type Descriptor,
} from "@davit/oci";
import { hostPlatform, type Platform } from "@davit/platforms";

/** Bytes and the descriptor that names them. */
export interface Blob {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

export interface TestLayer extends Blob {
  readonly diffId: Digest;
}

/** An image or an index of images, and everything below it. */
export interface TestImage {
  readonly top: Descriptor;
  /** Indexes and manifests. */
  readonly manifests: readonly Blob[];
  /** Configurations and layers. */
  readonly blobs: readonly Blob[];
}

const BLOCK = 512;

/** A tar of regular files. */
export function tarOf(files: Readonly<Record<string, string | Buffer>>): Buffer {
  const parts = Object.entries(files).flatMap(([name, text]) => {
    const data = Buffer.from(text);
    return [header(name, data.length), data, Buffer.alloc((BLOCK - (data.length % BLOCK)) % BLOCK)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, "0")}\0`;
  block.write(name, 0);
  block.write(octal(0o644, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write("        ", 148);
  block.write("0", 156);
  block.write("ustar\x0000", 257);
  block.write(
    octal(
      block.reduce((sum, byte) => sum + byte, 0),
      7,
    ),
    148,
  );
  return block;
}

type CompressionName = "none" | "gzip" | "zstd" | "docker";

interface Compression {
  readonly mediaType: string;
  readonly compress: (tar: Buffer) => Buffer;
}

const COMPRESSIONS: Readonly<Record<CompressionName, Compression>> = {
  none: { mediaType: MEDIA_TYPE_IMAGE_LAYER, compress: (tar) => tar },
  gzip: { mediaType: MEDIA_TYPE_IMAGE_LAYER_GZIP, compress: (tar) => gzipSync(tar) },
  zstd: { mediaType: MEDIA_TYPE_IMAGE_LAYER_ZSTD, compress: (tar) => zstdCompressSync(tar) },
  docker: { mediaType: MEDIA_TYPE_DOCKER_LAYER_GZIP, compress: (tar) => gzipSync(tar) },
};

export function layerOf(
  files: Readonly<Record<string, string | Buffer>>,
  compression: CompressionName = "gzip",
): TestLayer {
  const { mediaType, compress } = COMPRESSIONS[compression];
  const tar = tarOf(files);
  return { ...blobOf(mediaType, compress(tar)), diffId: digestOf(tar) };
}

/** A layer that does not compress. */
export const bigLayer = (sizeBytes: number, name = "big", seed = 1): TestLayer =>
  layerOf({ [name]: noise(sizeBytes, seed) }, "none");

function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0, x = seed; i < length; i++) bytes[i] = (x = (x * 1103515245 + 12345) & 0x7fffffff) >> 16;
  return bytes;
}

export function blobOf(mediaType: string, content: Buffer | object): Blob {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
}

export interface ImageOptions {
  readonly platform?: Platform;
  readonly docker?: boolean;
  readonly diffIds?: readonly Digest[];
  readonly configType?: string;
  /** Laid over the configuration. */
  readonly config?: object;
}

/** The platform of the images of tests, unless they say otherwise: this machine's. */
export const PLATFORM: Platform = hostPlatform();
/** A platform that this machine is not. */
export const OTHER_PLATFORM: Platform = { os: "linux", architecture: "s390x" };

export function imageOf(layers: readonly TestLayer[], options: ImageOptions = {}): TestImage {
  const { platform = PLATFORM, docker = false, diffIds = layers.map(({ diffId }) => diffId) } = options;
  const config = blobOf(options.configType ?? (docker ? MEDIA_TYPE_DOCKER_CONFIG : MEDIA_TYPE_IMAGE_CONFIG), {
    ...platform,
    config: { Cmd: ["/bin/true"] },
    rootfs: { type: "layers", diff_ids: diffIds },
    ...options.config,
  });
  const mediaType = docker ? MEDIA_TYPE_DOCKER_MANIFEST : MEDIA_TYPE_IMAGE_MANIFEST;
  const manifest = blobOf(mediaType, {
    schemaVersion: 2,
    mediaType,
    config: config.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
  });
  return { top: { ...manifest.descriptor, platform }, manifests: [manifest], blobs: [config, ...layers] };
}

export function indexOf(...images: readonly TestImage[]): TestImage {
  const index = blobOf(MEDIA_TYPE_IMAGE_INDEX, {
    schemaVersion: 2,
    mediaType: MEDIA_TYPE_IMAGE_INDEX,
    manifests: images.map(({ top }) => top),
  });
  return {
    top: index.descriptor,
    manifests: [index, ...images.flatMap(({ manifests }) => manifests)],
    blobs: images.flatMap(({ blobs }) => blobs),
  };
}
