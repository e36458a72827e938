const SIMPLE: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 };

/** One escape of a quoted string that the scanner accepted, or a run of plain characters. */
const PART = /\\x([0-9A-Fa-f]{2})|\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})|\\([0-7]{3})|\\([^])|[^\\]+/gu;

/**
 * The content of a quoted string, quotes included in `quoted`. `\xNN` and `\NNN` are bytes of UTF-8, as in Go. Undefined
 * when a number is too large, which the scanner does not see.
 */
export function unquote(quoted: string): string | undefined {
  const bytes: Uint8Array[] = [];
  for (const part of quoted.slice(1, -1).matchAll(PART)) {
    const decoded = decode(part);
    if (decoded === undefined) return undefined;
    bytes.push(decoded);
  }
  return Buffer.concat(bytes).toString();
}

function decode([text, hex, short, long, octal, simple]: RegExpMatchArray): Uint8Array | undefined {
  const unicode = short ?? long;
  if (unicode !== undefined) {
    const code = parseInt(unicode, 16);
    return code > 0x10ffff ? undefined : Buffer.from(String.fromCodePoint(code));
  }
  if (hex !== undefined) return Buffer.of(parseInt(hex, 16));
  if (octal !== undefined) return parseInt(octal, 8) > 255 ? undefined : Buffer.of(parseInt(octal, 8));
  if (simple === undefined) return Buffer.from(text ?? "");
  const code = SIMPLE[simple];
  return code === undefined ? Buffer.from(simple) : Buffer.of(code);
}
