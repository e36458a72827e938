import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ScalarType, type DescField, type DescMethod } from "@bufbuild/protobuf";
import { allTypes } from "@davit/api";

/** A line for each message, enum and method of containerd's API, taken from the reference and not from our .proto files. */
const expected = readFileSync(new URL("../testing/api.txt", import.meta.url), "utf8")
  .trimEnd()
  .split("\n");

test("every message, field, enum and method has containerd's name, number and type", () => {
  assert.deepEqual(rendered(), expected);
});

function rendered(): string[] {
  const lines: string[] = [];
  for (const type of allTypes) {
    if (type.typeName.startsWith("google.protobuf.")) continue;
    if (type.kind === "message")
      lines.push(
        [`message ${type.typeName}`, type.fields.map(fieldLine).join("; ")].filter(Boolean).join(": "),
      );
    if (type.kind === "enum")
      lines.push(`enum ${type.typeName}: ${type.values.map((v) => `${v.name}=${v.number}`).join(", ")}`);
    if (type.kind === "service")
      lines.push(...type.methods.map((m) => `rpc ${type.typeName}/${m.name}: ${signature(m)}`));
  }
  return lines.sort();
}

function fieldLine(field: DescField): string {
  return `${field.number} ${field.name} ${labelOf(field)}${typeOf(field)}`;
}

function labelOf(field: DescField): string {
  if (field.fieldKind === "list") return "repeated ";
  return field.proto.proto3Optional ? "optional " : "";
}

function typeOf(field: DescField): string {
  if (field.fieldKind === "map") return `map<${scalar(field.mapKey)},${valueType(field)}>`;
  return valueType(field);
}

function valueType(field: DescField): string {
  return field.message?.typeName ?? field.enum?.typeName ?? scalar(field.scalar);
}

function scalar(type: ScalarType | undefined): string {
  return type === undefined ? "?" : (ScalarType[type] ?? "?").toLowerCase();
}

function signature({ methodKind, input, output }: DescMethod): string {
  const from = methodKind === "client_streaming" || methodKind === "bidi_streaming" ? "stream " : "";
  const to = methodKind === "server_streaming" || methodKind === "bidi_streaming" ? "stream " : "";
  return `${from}${input.typeName} -> ${to}${output.typeName}`;
}
