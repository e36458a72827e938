import { createHash, hash, type Hash } from "node:crypto";
import { algorithmOf, canonical, type Algorithm, type Digest } from "./digest.ts";

/** The digest of bytes held whole; a string is hashed as UTF-8. */
export function digestOf(data: Uint8Array | string, algorithm: Algorithm = canonical): Digest {
  return `${algorithm}:${hash(algorithm, data, "hex")}` as Digest;
}

/** The digest of a stream. Chunks are read, not kept. */
export async function digestOfStream(
  data: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  algorithm: Algorithm = canonical,
): Promise<Digest> {
  const digester = new Digester(algorithm);
  for await (const chunk of data) digester.update(chunk);
  return digester.digest();
}

/** Hashes bytes as they pass. */
export class Digester {
  readonly algorithm: Algorithm;
  readonly #hash: Hash;

  constructor(algorithm: Algorithm = canonical) {
    this.algorithm = algorithm;
    this.#hash = createHash(algorithm);
  }

  /** Adds bytes; they are read before the call returns. */
  update(data: Uint8Array): this {
    this.#hash.update(data);
    return this;
  }

  /** The digest of the bytes so far. More may follow. */
  digest(): Digest {
    return `${this.algorithm}:${this.#hash.copy().digest("hex")}` as Digest;
  }
}

/** Says whether the bytes that passed have the digest that was promised. */
export interface Verifier {
  /** Adds bytes; they are read before the call returns. */
  update(data: Uint8Array): this;
  /** Whether the bytes so far have the digest. */
  verified(): boolean;
}

/** A verifier of `digest`. */
export function verifier(digest: Digest): Verifier {
  const digester = new Digester(algorithmOf(digest));
  return {
    update(data) {
      digester.update(data);
      return this;
    },
    verified: () => digester.digest() === digest,
  };
}
