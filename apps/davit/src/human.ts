import { formatRfc3339, fromTimestamp } from "@davit/time";
import type { Timestamp } from "@bufbuild/protobuf/wkt";

const UNITS = ["KiB", "MiB", "GiB", "TiB"];

/** Bytes as people read them: `1.1 MiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = "B";
  for (const larger of UNITS) {
    if (value < 1024) break;
    value /= 1024;
    unit = larger;
  }
  return unit === "B" ? `${value} B` : `${value.toFixed(1)} ${unit}`;
}

const STEPS = [
  [60, "second"],
  [60, "minute"],
  [24, "hour"],
  [7, "day"],
  [52, "week"],
] as const;

/** How long ago something was: `3 hours`. */
export function formatAge(milliseconds: number): string {
  let value = Math.max(0, Math.floor(milliseconds / 1000));
  for (const [size, name] of STEPS) {
    if (value < size) return `${value} ${name}${value === 1 ? "" : "s"}`;
    value = Math.floor(value / size);
  }
  return `${value} year${value === 1 ? "" : "s"}`;
}

/** Milliseconds since 1970 of a timestamp. */
export const millisecondsOf = (timestamp: Timestamp | undefined): number =>
  Number(fromTimestamp(timestamp) / 1_000_000n);

/** How long ago a timestamp was; "" for none. */
export const ageOf = (timestamp: Timestamp | undefined, now: number = Date.now()): string =>
  timestamp === undefined ? "" : formatAge(now - millisecondsOf(timestamp));

/** RFC 3339 with nanoseconds, for JSON. */
export const isoOf = (timestamp: Timestamp | undefined): string | undefined =>
  timestamp && formatRfc3339(fromTimestamp(timestamp));

/** Labels as `k=v`, sorted, joined by commas. */
export const formatLabels = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .toSorted()
    .join(",");
