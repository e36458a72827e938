import { fromBinary, ScalarType, type DescField, type DescMessage, type Message } from "@bufbuild/protobuf";
import { reflect, type ReflectMessage } from "@bufbuild/protobuf/reflect";
import { type Any, type Timestamp } from "@bufbuild/protobuf/wkt";
import { allTypes } from "@davit/api";
import { createHash } from "node:crypto";

/** What is compared: JSON's values. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [name: string]: Plain };

/** 0001-01-01, Go's zero time, in seconds since 1970. */
const GO_ZERO = -62_135_596_800n;
const DAY_SECONDS = 86_400;
const LONGEST_BYTES = 256;

/**
 * A message as it is compared: fields by their proto names, those that are not set left out, maps by key, times of this day as `now`,
 * `Any` decoded where its type is known, unknown fields kept.
 */
export function plainMessage(schema: DescMessage, message: Message): Plain {
  if (schema.typeName === "google.protobuf.Timestamp") return plainTime(message as Timestamp);
  if (schema.typeName === "google.protobuf.Any") return plainAny(message as Any);
  const inner = reflect(schema, message);
  const result: Record<string, Plain> = {};
  for (const field of inner.fields) if (inner.isSet(field)) result[field.name] = plainField(inner, field);
  for (const { no, data } of inner.getUnknown() ?? []) result[`unknown field ${no}`] = plainBytes(data);
  return result;
}

function plainField(message: ReflectMessage, field: DescField): Plain {
  switch (field.fieldKind) {
    case "list":
      return Array.from(message.get(field), (each) => plainValue(field.listKind, field, each));
    case "map":
      return Object.fromEntries(
        Array.from(message.get(field), ([key, each]): [string, Plain] => [
          String(key),
          plainValue(field.mapKind, field, each),
        ]).toSorted(([a], [b]) => (a < b ? -1 : 1)),
      );
    default:
      return plainValue(field.fieldKind, field, message.get(field));
  }
}

function plainValue(kind: "scalar" | "enum" | "message", field: DescField, value: unknown): Plain {
  if (kind === "message") {
    const { desc, message } = value as ReflectMessage;
    return plainMessage(desc, message);
  }
  if (kind === "enum") return field.enum?.value[value as number]?.name ?? (value as number);
  if (field.scalar === ScalarType.BYTES) return plainBytes(value as Uint8Array);
  return typeof value === "bigint" ? `${value}n` : (value as Plain);
}

function plainTime(time: Timestamp): Plain {
  if (time.seconds === GO_ZERO) return "Go's zero time";
  const age = Date.now() / 1000 - Number(time.seconds);
  return Math.abs(age) < DAY_SECONDS ? "now" : `${time.seconds} s ${time.nanos} ns`;
}

function plainAny({ typeUrl, value }: Any): Plain {
  const schema = allTypes.getMessage(typeUrl.slice(typeUrl.lastIndexOf("/") + 1));
  return { type_url: typeUrl, value: schema ? decoded(schema, value) : jsonOr(value) };
}

/** JSON is what the types of OCI are sent as. */
function jsonOr(bytes: Uint8Array): Plain {
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as Plain;
  } catch {
    return plainBytes(bytes);
  }
}

function decoded(schema: DescMessage, bytes: Uint8Array): Plain {
  try {
    return plainMessage(schema, fromBinary(schema, bytes));
  } catch {
    return plainBytes(bytes);
  }
}

/** Short text as it is, all else by its length and digest. */
function plainBytes(bytes: Uint8Array): Plain {
  const text = Buffer.from(bytes).toString("latin1");
  if (bytes.length <= LONGEST_BYTES && /^[\n\x20-\x7e]*$/.test(text)) return text;
  return `${bytes.length} bytes, sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
