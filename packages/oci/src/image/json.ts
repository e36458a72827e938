import { InvalidArgumentError } from "@davit/errdefs";

/** Parses a JSON document. @throws InvalidArgumentError that names `what`. */
export function parseJson(json: Uint8Array | string, what: string): unknown {
  try {
    // A byte-order mark is no JSON, and bytes that are no UTF-8 are no text: both are errors, not replacement characters.
    return JSON.parse(
      typeof json === "string"
        ? json
        : new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(json),
    );
  } catch (cause) {
    throw new InvalidArgumentError(`${what} is no JSON`, { cause });
  }
}

/** Whether a value from JSON is an object. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A list of strings; undefined for null and for what is absent. @throws InvalidArgumentError. */
export function strings(value: unknown, where: string): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value;
  throw new InvalidArgumentError(`${where}: not a list of strings`);
}

/** An object of strings; undefined for null and for what is absent. @throws InvalidArgumentError. */
export function stringMap(value: unknown, where: string): Readonly<Record<string, string>> | undefined {
  if (value === undefined || value === null) return undefined;
  if (isRecord(value) && Object.values(value).every((each) => typeof each === "string"))
    return value as Record<string, string>;
  throw new InvalidArgumentError(`${where}: not an object of strings`);
}
