import { create } from "@bufbuild/protobuf";
import { TimestampSchema, type Timestamp } from "@bufbuild/protobuf/wkt";

/** Nanoseconds since 1970-01-01T00:00:00Z. */
export type Instant = bigint;

/** Go's zero time, 0001-01-01T00:00:00Z, which stands for "not yet" on the wire (reference 01 §8). */
export const ZERO_TIME: Instant = -62_135_596_800_000_000_000n;

const NS_PER_SECOND = 1_000_000_000n;
const origin = BigInt(Math.round(performance.timeOrigin * 1e6));
let last: Instant = 0n;

/** The present. Never the same twice in a process, so that instants tell the order of what happened. */
export function now(): Instant {
  const wall = BigInt(Date.now()) * 1_000_000n;
  // performance.now() has the fraction of the millisecond; after a clock jump the wall clock alone is right.
  const fine = origin + BigInt(Math.round(performance.now() * 1e6));
  const instant = fine - wall < 5_000_000n && wall - fine < 5_000_000n ? fine : wall;
  // A clock that was set back far is followed; equal or slightly earlier readings are moved on by a nanosecond.
  last = instant <= last && last - instant < NS_PER_SECOND ? last + 1n : instant;
  return last;
}

/** Seconds (floored) and the nanoseconds beyond them. */
export function split(instant: Instant): { readonly seconds: bigint; readonly nanos: number } {
  const nanos = ((instant % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND;
  return { seconds: (instant - nanos) / NS_PER_SECOND, nanos: Number(nanos) };
}

export function toTimestamp(instant: Instant): Timestamp {
  return create(TimestampSchema, split(instant));
}

/** The instant of a timestamp message; an absent one is 1970, as Go reads it. */
export function fromTimestamp(
  timestamp: { readonly seconds: bigint; readonly nanos: number } | undefined,
): Instant {
  return timestamp === undefined ? 0n : timestamp.seconds * NS_PER_SECOND + BigInt(timestamp.nanos);
}

export function fromDate(date: Date): Instant {
  return BigInt(date.getTime()) * 1_000_000n;
}

/** RFC 3339 in UTC with as many digits of the fraction as are not zero, as Go's RFC3339Nano. */
export function formatRfc3339(instant: Instant): string {
  const { seconds, nanos } = split(instant);
  const base = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  const fraction = nanos === 0 ? "" : `.${String(nanos).padStart(9, "0").replace(/0+$/, "")}`;
  return `${base}${fraction}Z`;
}

const RFC3339 = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|z|[+-]\d\d:\d\d)$/;

/** The instant of an RFC 3339 text, or undefined when it is none. */
export function parseRfc3339(text: string): Instant | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [, date, time, fraction = "", zone] = match;
  const ms = Date.parse(`${date}T${time}${zone?.toUpperCase()}`);
  return Number.isNaN(ms) ? undefined : BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, "0") || 0);
}
