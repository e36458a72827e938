import { dirname, isAbsolute, join, posix } from "node:path";
import { parse } from "smol-toml";
import { parseDurationMs } from "./duration.ts";
import { CAPABILITIES, type Capability, type ClientFiles, type HostEntry } from "./registry-host.ts";

type Table = Readonly<Record<string, unknown>>;

/**
 * Reads a `hosts.toml`: its `[host]` tables in their order, then the server. The server's entry has no endpoint when the
 * file names none (containerd docs/hosts.md). Paths of certificates are made absolute against the file's directory.
 * @throws TypeError or TomlError that says what is wrong.
 */
export function parseHostsToml(text: string, file: string): HostEntry[] {
  const root: Table = parse(text);
  const directory = dirname(file);
  const hosts = root["host"] === undefined ? [] : inOrder(table(root["host"], "host"), text);
  const entries = hosts.map(([server, host]) => entry(table(host, `host ${server}`), server, directory));
  const server = root["server"];
  if (server !== undefined && typeof server !== "string") throw new TypeError("server: not a string");
  return [...entries, entry(root, server ?? "", directory)];
}

/**
 * The members of `[host]` as the file has them. JavaScript moves keys that are whole numbers to the front of an object, so
 * a host called `1` is put back where its header stands.
 */
function inOrder(hosts: Table, text: string): [string, unknown][] {
  const entries = Object.entries(hosts);
  if (!entries.some(([name]) => /^\d+$/.test(name))) return entries;
  const place = (name: string): number => {
    const escaped = name.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
    return text.search(
      new RegExp(`^[ \\t]*\\[[ \\t]*host[ \\t]*\\.[ \\t]*(["']?)${escaped}\\1[ \\t]*[\\].]`, "m"),
    );
  };
  return entries.sort(([a], [b]) => place(a) - place(b));
}

function entry(host: Table, server: string, directory: string): HostEntry {
  const overridePath = optional(host, "override_path", "boolean") ?? false;
  const skipVerify = optional(host, "skip_verify", "boolean");
  const dialTimeout = optional(host, "dial_timeout", "string");
  const absolute = (path: string): string => (isAbsolute(path) ? path : join(directory, path));
  return {
    ...(server !== "" && { endpoint: endpointOf(server, overridePath) }),
    ...(host["capabilities"] !== undefined && { capabilities: capabilities(host["capabilities"]) }),
    ...(host["header"] !== undefined && { headers: headers(table(host["header"], "header")) }),
    ...(host["ca"] !== undefined && { ca: textOrTexts(host["ca"], "ca").map(absolute) }),
    ...(host["client"] !== undefined && { client: clientFiles(host["client"], absolute) }),
    ...(skipVerify !== undefined && { skipVerify }),
    ...(dialTimeout !== undefined && dialTimeout !== "" && { dialTimeoutMs: duration(dialTimeout) }),
  };
}

/** Scheme, host and path of a server; `https://` and `/v2` are understood. */
export function endpointOf(server: string, overridePath = false): NonNullable<HostEntry["endpoint"]> {
  const url = new URL(server.startsWith("http") && server.includes("://") ? server : `https://${server}`);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new TypeError(`server ${server}: neither http nor https`);
  const cleaned = posix.normalize(url.pathname).replace(/\/$/, "");
  const path = overridePath || cleaned.endsWith("/v2") ? cleaned : `${cleaned}/v2`;
  return { scheme: url.protocol === "http:" ? "http" : "https", host: url.host, path };
}

function capabilities(value: unknown): Capability[] {
  const names = textOrTexts(value, "capabilities");
  const unknown = names.find((name) => !CAPABILITIES.includes(name as Capability));
  if (unknown !== undefined) throw new TypeError(`unknown capability ${unknown}`);
  return names as Capability[];
}

function headers(value: Table): Record<string, string[]> {
  const entries = Object.entries(value).map(([name, text]) => [name, textOrTexts(text, `header ${name}`)]);
  return Object.fromEntries(entries);
}

/** `"pem"`, `["pem", …]`, `[["cert", "key"], …]`. */
function clientFiles(value: unknown, absolute: (path: string) => string): ClientFiles[] {
  return (Array.isArray(value) ? value : [value]).map((pair: unknown) => {
    const [cert, key, ...rest] = textOrTexts(pair, "client").map(absolute);
    if (cert === undefined || rest.length > 0) throw new TypeError("client: not a pair of files");
    return key === undefined ? { cert } : { cert, key };
  });
}

function duration(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined) throw new TypeError(`dial_timeout: invalid duration ${text}`);
  return ms;
}

function optional<T extends keyof Kinds>(host: Table, key: string, kind: T): Kinds[T] | undefined {
  const value = host[key];
  if (value === undefined) return undefined;
  if (typeof value !== kind) throw new TypeError(`${key}: not a ${kind}`);
  return value as Kinds[T];
}

interface Kinds {
  readonly boolean: boolean;
  readonly string: string;
}

function textOrTexts(value: unknown, what: string): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (!list.every((each) => typeof each === "string"))
    throw new TypeError(`${what}: not a string or list of strings`);
  return list;
}

function table(value: unknown, what: string): Table {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new TypeError(`${what}: not a table`);
  return value as Table;
}
