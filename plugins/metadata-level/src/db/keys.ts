/** Between the parts of a key. Less than any byte that an escaped part holds, so that parts sort one after another. */
const SEPARATOR = "\u0000";

/** NUL and the escape character itself, in their order. */
const escapes: Readonly<Record<string, string>> = { "\u0000": "\u0001\u0002", "\u0001": "\u0001\u0003" };
const unescapes: Readonly<Record<string, string>> = { "\u0001\u0002": "\u0000", "\u0001\u0003": "\u0001" };

const escape = (part: string): string =>
  // oxlint-disable-next-line no-control-regex -- these two are what is escaped
  part.replace(/[\u0000\u0001]/g, (char) => escapes[char] ?? char);
const unescape = (part: string): string =>
  // oxlint-disable-next-line no-control-regex -- the reverse of escape
  part.replace(/\u0001[\u0002\u0003]/g, (pair) => unescapes[pair] ?? pair);

/**
 * A key of the database: its parts, joined so that the bytes of keys sort as the bytes of their parts do, part by part.
 * A part may be any text: what a client names (image names, snapshot keys, leases) is not restricted.
 */
export const keyOf = (...parts: readonly string[]): string => parts.map(escape).join(SEPARATOR);

/** The beginning of every key that has these parts first and one more. */
export const prefixOf = (...parts: readonly string[]): string => keyOf(...parts) + SEPARATOR;

/** The parts of a key. */
export const partsOf = (key: string): string[] => key.split(SEPARATOR).map(unescape);

/** The parts of a key that follow a prefix. */
export const partsAfter = (key: string, prefix: string): string[] => partsOf(key.slice(prefix.length));

/** The last part of a key. */
export const lastPart = (key: string): string => unescape(key.slice(key.lastIndexOf(SEPARATOR) + 1));

/** The least key that no key with this prefix reaches. */
export const endOf = (prefix: string): string => {
  if (!prefix.endsWith(SEPARATOR)) throw new RangeError("a prefix ends with the separator");
  return `${prefix.slice(0, -1)}\u0001`;
};

/** The order of keys in the database: that of their UTF-8 bytes, which is not that of JavaScript's strings. */
export const compareKeys = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
