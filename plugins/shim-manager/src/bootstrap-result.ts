import { fromBinary } from "@bufbuild/protobuf";
import { BootstrapResultSchema } from "@davit/api/runtime/bootstrap";
import { NotImplementedError } from "@davit/errdefs";
import type { Endpoint } from "@davit/runtime";
import { isProtobuf } from "./strict-protobuf.ts";

/** Versions of the task API above this are not known here. */
const MAX_VERSION = 3;
/** Wire types of BootstrapResult's fields by number. */
const FIELDS = new Map([
  [1, [0]],
  [2, [2]],
  [3, [2]],
  [4, [0, 2]],
  [5, [2]],
]);

/**
 * Reads what `start` answered, or what is in `bootstrap.json`: a BootstrapResult, JSON of version 2 on, or an address alone, which
 * stands for ttrpc and version 2 (reference 09 §2). JSON and addresses are told from protobuf by wire types it does not have.
 * @throws NotImplementedError `unsupported shim version (N)`.
 */
export function parseBootstrapResult(output: Uint8Array): Endpoint {
  if (isProtobuf(output, FIELDS)) return fromProtobuf(output);
  const text = new TextDecoder().decode(output).trim();
  const endpoint = fromJson(text) ?? { version: 2, address: text, protocol: "ttrpc" };
  if (endpoint.version > MAX_VERSION)
    throw new NotImplementedError(`unsupported shim version (${endpoint.version})`);
  return endpoint;
}

/** The content of `bootstrap.json`. */
export function bootstrapJson({ version, address, protocol, capabilities, metadata }: Endpoint): string {
  return JSON.stringify({
    version,
    address,
    protocol,
    ...(capabilities?.length && { capabilities }),
    ...(metadata && Object.keys(metadata).length > 0 && { metadata }),
  });
}

function fromProtobuf(output: Uint8Array): Endpoint {
  const { version, address, protocol, capabilities, metadata } = fromBinary(BootstrapResultSchema, output);
  return { version, address, protocol, capabilities, metadata };
}

function fromJson(text: string): Endpoint | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { version, address = "", protocol = "", capabilities, metadata } = value as Record<string, unknown>;
  if (typeof version !== "number" || !Number.isInteger(version) || version < 2) return undefined;
  if (typeof address !== "string" || typeof protocol !== "string") return undefined;
  return {
    version,
    address,
    protocol,
    ...(Array.isArray(capabilities) && {
      capabilities: capabilities.filter((each) => typeof each === "number"),
    }),
    ...(isStringMap(metadata) && { metadata }),
  };
}

function isStringMap(value: unknown): value is Record<string, string> {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((each) => typeof each === "string")
  );
}
