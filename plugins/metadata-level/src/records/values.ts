import type { Any } from "@davit/typeurl";

/** Instants are decimal nanoseconds, for JSON has no integers of that size. */
export const instantToText = (instant: bigint): string => String(instant);

/** An `Any` in JSON. */
export interface AnyRecord {
  readonly typeUrl: string;
  /** base64 */
  readonly value: string;
}

export const anyToRecord = ({ typeUrl, value }: Any): AnyRecord => ({
  typeUrl,
  value: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64"),
});

export const anyFromRecord = ({ typeUrl, value }: AnyRecord): Any => ({
  typeUrl,
  value: new Uint8Array(Buffer.from(value, "base64")),
});

/** Values of a map, turned one by one; every key is an own one, `__proto__` too. */
export const mapValues = <A, B>(map: Readonly<Record<string, A>>, fn: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, fn(value)]));
