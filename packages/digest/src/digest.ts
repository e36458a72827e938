import { InvalidArgumentError } from "@davit/errdefs";

/** A hash algorithm of the OCI image-spec v1.1 (descriptor.md). */
export type Algorithm = "sha256" | "sha384" | "sha512";

declare const valid: unique symbol;

/** A content digest that was checked: `sha256:` and 64 lower-case hex digits. `parseDigest` makes one of a string. */
export type Digest = `${Algorithm}:${string}` & { readonly [valid]: true };

/** The algorithm of everything new: manifests, layers, configs. */
export const canonical: Algorithm = "sha256";

/** The length of the encoded part, in hex digits. */
const hexLength: Readonly<Record<Algorithm, number>> = { sha256: 64, sha384: 96, sha512: 128 };

/** The supported algorithms, the canonical one first. */
export const algorithms: readonly Algorithm[] = ["sha256", "sha384", "sha512"];

/** Any digest the OCI grammar allows, also of algorithms that nobody here computes. */
const GRAMMAR = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/;

/** Whether a string names an algorithm that is supported. */
export const isAlgorithm = (name: string): name is Algorithm => Object.hasOwn(hexLength, name);

/**
 * Checks a digest.
 * @throws InvalidArgumentError `invalid checksum digest format`, `unsupported digest algorithm` or `invalid checksum
 * digest length`: on the wire these texts alone, as containerd's callers send them (go-digest).
 */
export function parseDigest(text: string): Digest {
  const problem = problemOf(text);
  if (problem !== undefined) throw new InvalidArgumentError(problem, { bare: true });
  return text as Digest;
}

/** Whether a string is a valid digest of a supported algorithm. */
export const isDigest = (text: string): text is Digest => problemOf(text) === undefined;

/** Joins an algorithm and an encoded hash; checks like `parseDigest`. */
export const digestFromHex = (algorithm: Algorithm, hex: string): Digest =>
  parseDigest(`${algorithm}:${hex}`);

/** The part before the colon. */
export const algorithmOf = (digest: Digest): Algorithm => digest.slice(0, digest.indexOf(":")) as Algorithm;

/** The part after the colon: lower-case hex. */
export const encodedOf = (digest: Digest): string => digest.slice(digest.indexOf(":") + 1);

function problemOf(text: string): string | undefined {
  const colon = text.indexOf(":");
  if (colon <= 0 || colon === text.length - 1) return "invalid checksum digest format";
  const algorithm = text.slice(0, colon);
  if (!isAlgorithm(algorithm))
    return GRAMMAR.test(text) ? "unsupported digest algorithm" : "invalid checksum digest format";
  const encoded = text.slice(colon + 1);
  if (Buffer.byteLength(encoded) !== hexLength[algorithm]) return "invalid checksum digest length";
  return /^[a-f0-9]+$/.test(encoded) ? undefined : "invalid checksum digest format";
}
