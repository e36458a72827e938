// The numbers of tar headers: octal text, or base-256 where the first bit is set (GNU), or decimal text (PAX).
import { InvalidArgumentError } from "@davit/errdefs";

/** Parses a number field of a header. @throws InvalidArgumentError when it is neither octal nor base-256, or not exact in a double. */
export function parseNumber(block: Uint8Array, offset: number, length: number, field: string): number {
  if ((block[offset] ?? 0) & 0x80) return parseBase256(block, offset, length, field);
  let value = 0;
  let state: "before" | "in" | "after" = "before";
  for (let index = offset; index < offset + length; index++) {
    const byte = block[index] ?? 0;
    if (byte === SPACE || byte === 0) {
      if (state === "in") state = "after";
    } else if (byte >= 0x30 && byte <= 0x37 && state !== "after") {
      state = "in";
      value = value * 8 + (byte - 0x30);
    } else throw new InvalidArgumentError(`tar header field ${field} is not an octal number`);
  }
  return exact(value, field);
}

/** Parses the decimal number of a PAX record. @throws InvalidArgumentError */
export function parseDecimal(text: string, field: string): number {
  if (!/^-?[0-9]+$/.test(text)) throw new InvalidArgumentError(`PAX record ${field} is not a number`);
  return exact(Number(text), field);
}

/** Parses the time of a PAX record, seconds with an optional fraction, into nanoseconds; finer digits are cut. @throws InvalidArgumentError */
export function parseTimeNs(text: string, field: string): bigint {
  const match = /^(-?)([0-9]{1,18})(?:\.([0-9]*))?$/.exec(text);
  if (!match) throw new InvalidArgumentError(`PAX record ${field} is not a time`);
  const [, sign, seconds = "0", fraction = ""] = match;
  const ns = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, "0"));
  return sign === "-" ? -ns : ns;
}

const SPACE = 0x20;

function parseBase256(block: Uint8Array, offset: number, length: number, field: string): number {
  const first = block[offset] ?? 0;
  const negative = (first & 0x40) !== 0; // two's complement of 8·length - 1 bits
  let value = BigInt(first & 0x7f);
  for (let index = offset + 1; index < offset + length; index++)
    value = (value << 8n) | BigInt(block[index] ?? 0);
  return exact(Number(negative ? BigInt.asIntN(8 * length - 1, value) : value), field);
}

function exact(value: number, field: string): number {
  if (Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError(`tar header field ${field} is out of range`);
}
