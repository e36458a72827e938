import { makeImage, type TarMember, type TestImage } from "@davit/test-support";

/** How large an image is. */
export interface ImageSize {
  readonly layers: number;
  /** Regular files in all layers together. */
  readonly files: number;
  /** What they hold, uncompressed. */
  readonly sizeBytes: number;
}

const FILES_A_DIRECTORY = 25;
const POOL_BYTES = 8 << 20;
/** Of the pool, what cannot be compressed: 1 in this many parts. */
const NOISE = 6;

/**
 * Makes an image like those that package managers make: gzip layers of many small files and a few large ones, which compress to about a
 * third. Each layer but the lowest replaces a file of the one beneath and removes another. The same size gives the same digests.
 */
export function layeredImage({ layers, files, sizeBytes }: ImageSize): TestImage {
  const random = generator(1);
  const pool = contents(random);
  const weights = Array.from({ length: files }, () => logNormal(random));
  const scale = sizeBytes / weights.reduce((total, weight) => total + weight, 0);
  const sizes = weights.map((weight) => Math.min(Math.round(weight * scale), POOL_BYTES));
  const perLayer = Math.ceil(files / layers);
  return makeImage({
    layers: Array.from({ length: layers }, (_, layer) => [
      ...changes(layer),
      ...filesOf(layer, sizes.slice(layer * perLayer, (layer + 1) * perLayer), pool, random),
    ]),
  });
}

const directoryOf = (layer: number, index: number): string =>
  `usr/lib/layer-${layer}/package-${Math.floor(index / FILES_A_DIRECTORY)}/`;

/** What a layer does to the first files of the one beneath. */
function changes(layer: number): TarMember[] {
  if (layer === 0) return [];
  const beneath = directoryOf(layer - 1, 0);
  return [
    { name: beneath },
    { name: `${beneath}file-0.js`, content: `replaced by layer ${layer}\n` },
    { name: `${beneath}.wh.file-1.js` },
  ];
}

function filesOf(
  layer: number,
  sizes: readonly number[],
  pool: Uint8Array,
  random: () => number,
): TarMember[] {
  return sizes.flatMap((size, index): TarMember[] => {
    const directory = directoryOf(layer, index);
    const start = Math.floor(random() * (pool.length - size));
    const content = pool.subarray(start, start + size);
    const file = { name: `${directory}file-${index}.js`, content, mtime: 1_700_000_000 };
    return index % FILES_A_DIRECTORY === 0 ? [{ name: directory }, file] : [file];
  });
}

/** Text of a small vocabulary with stretches of noise in it: what files are cut out of. */
function contents(random: () => number): Uint8Array {
  const words = Array.from({ length: 2000 }, () => Math.floor(random() * 2 ** 32).toString(36));
  const parts: Buffer[] = [];
  for (let length = 0; length < POOL_BYTES;) {
    const part =
      random() < 1 / NOISE
        ? Buffer.from(Array.from({ length: 1024 }, () => Math.floor(random() * 256)))
        : Buffer.from(Array.from({ length: 128 }, () => words[Math.floor(random() ** 2 * 2000)]).join(" "));
    parts.push(part);
    length += part.length;
  }
  return Buffer.concat(parts, POOL_BYTES);
}

/** Mulberry32: numbers in [0, 1), the same for the same seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Sizes of files: most are small, a few hold most of the bytes. */
const logNormal = (random: () => number): number =>
  Math.exp(1.7 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
