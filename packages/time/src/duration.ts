/** Nanoseconds. */
export type Duration = bigint;

const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;

/** Reads Go's duration syntax (`1h2m3.5s`, `-10ms`, `0`); undefined when the text is none. */
export function parseDuration(text: string): Duration | undefined {
  const sign = text.startsWith("-") ? -1n : 1n;
  const body = text.replace(/^[+-]/, "");
  if (body === "0") return 0n;
  if (body === "") return undefined;
  let total = 0n;
  PART.lastIndex = 0;
  while (PART.lastIndex < body.length) {
    const match = PART.exec(body);
    if (match === null) return undefined;
    const [whole = "", fraction = ""] = (match[1] ?? "").split(".");
    const unit = UNITS[match[2] ?? ""] ?? 0n;
    total += BigInt(whole || 0) * unit;
    if (fraction !== "") total += (BigInt(fraction) * unit) / 10n ** BigInt(fraction.length);
  }
  return sign * total;
}

/** Writes a duration as Go's Duration.String does: `1h2m3.5s`, `4.5ms`, `0s`. */
export function formatDuration(duration: Duration): string {
  if (duration < 0n) return `-${formatDuration(-duration)}`;
  if (duration === 0n) return "0s";
  if (duration < 1_000n) return `${duration}ns`;
  if (duration < 1_000_000n) return `${decimal(duration, 1_000n)}µs`;
  if (duration < 1_000_000_000n) return `${decimal(duration, 1_000_000n)}ms`;
  const hours = duration / 3_600_000_000_000n;
  const minutes = (duration / 60_000_000_000n) % 60n;
  const seconds = `${decimal(duration % 60_000_000_000n, 1_000_000_000n)}s`;
  if (hours > 0n) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0n ? `${minutes}m${seconds}` : seconds;
}

function decimal(value: bigint, unit: bigint): string {
  const digits = String(unit).length - 1;
  const fraction = String(value % unit)
    .padStart(digits, "0")
    .replace(/0+$/, "");
  return fraction === "" ? `${value / unit}` : `${value / unit}.${fraction}`;
}
