import { wireMessage } from "@davit/errdefs";
import { isSecretName, redacted } from "./redact.ts";

/** Deeper objects are cut: a log is no dump. */
const MAX_DEPTH = 5;

/** The names of a line's own members, which fields must not overwrite (logrus renames them so too). */
const OWN: ReadonlySet<string> = new Set(["time", "level", "msg"]);

/** Makes the fields of a caller fit to be written, without looking at how they are written. */
export function normalizeFields(fields: object): Record<string, unknown> {
  if (fields instanceof Error) return { error: wireMessage(fields) };
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      OWN.has(key) ? `fields.${key}` : key,
      normalize(key, value, 0),
    ]),
  );
}

function normalize(key: string, value: unknown, depth: number): unknown {
  if (value === undefined || value === null || value === "") return value;
  if (isSecretName(key)) return redacted;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value !== "object") return value;
  if (value instanceof Error) return wireMessage(value);
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if ("toJSON" in value) return value;
  if (depth >= MAX_DEPTH) return "…";
  if (Array.isArray(value) || value instanceof Set)
    return Array.from(value as Iterable<unknown>, (each) => normalize("", each, depth + 1));
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(
    entries.map(([name, each]: [unknown, unknown]) => [name, normalize(String(name), each, depth + 1)]),
  );
}
