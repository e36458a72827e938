/** Milliseconds per unit of a Go duration. */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Reads a duration as Go writes it (`1m30s`, `250ms`, `0`), in milliseconds; undefined when it is none or negative. */
export function parseDurationMs(text: string): number | undefined {
  if (text === "0") return 0;
  if (!/^\+?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/([\d.]+)([^\d.+]+)/g))
    total += Number(count) * (UNITS[unit ?? ""] ?? 0);
  return total;
}
