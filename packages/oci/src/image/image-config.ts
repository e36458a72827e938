import { isDigest, type Digest } from "@davit/digest";
import { InvalidArgumentError, quote } from "@davit/errdefs";
import { isRecord, parseJson, stringMap, strings } from "./json.ts";

/** An image's configuration: its layers, and how it wants to be run (OCI image-spec v1.1 config.md). */
export interface ImageConfig {
  /** RFC 3339. */
  readonly created?: string | undefined;
  readonly author?: string | undefined;
  readonly architecture: string;
  readonly os: string;
  readonly "os.version"?: string | undefined;
  readonly "os.features"?: readonly string[] | undefined;
  readonly variant?: string | undefined;
  readonly config: ContainerConfig;
  readonly rootfs: RootFs;
  readonly history?: readonly History[] | undefined;
}

/** The defaults of a container of the image. */
export interface ContainerConfig {
  /** `user[:group]`, names or numbers. */
  readonly User?: string | undefined;
  /** `80/tcp` and so on, as keys. */
  readonly ExposedPorts?: KeySet | undefined;
  /** `NAME=value`. */
  readonly Env?: readonly string[] | undefined;
  readonly Entrypoint?: readonly string[] | undefined;
  readonly Cmd?: readonly string[] | undefined;
  /** Paths, as keys. */
  readonly Volumes?: KeySet | undefined;
  readonly WorkingDir?: string | undefined;
  readonly Labels?: Readonly<Record<string, string>> | undefined;
  /** A name (`SIGTERM`) or a number. */
  readonly StopSignal?: string | undefined;
}

/** A set, written as an object of empty objects. */
export type KeySet = Readonly<Record<string, object>>;

/** The layers, bottom first, by the digests of their uncompressed tars. */
export interface RootFs {
  readonly type: string;
  readonly diff_ids: readonly Digest[];
}

/** How a layer came to be, or a step that made none. */
export interface History {
  readonly created?: string | undefined;
  readonly created_by?: string | undefined;
  readonly author?: string | undefined;
  readonly comment?: string | undefined;
  readonly empty_layer?: boolean | undefined;
}

/** Reads an image's configuration. Docker writes null for what is absent. @throws InvalidArgumentError. */
export function parseImageConfig(json: Uint8Array | string): ImageConfig {
  const document = parseJson(json, "image config");
  if (!isRecord(document)) throw new InvalidArgumentError("image config: not an object");
  const { history } = document;
  return {
    architecture: "",
    os: "",
    ...text(document, "created", "author", "architecture", "os", "variant", "os.version"),
    ...lists(document, "os.features"),
    config: containerConfig(isRecord(document["config"]) ? document["config"] : {}),
    rootfs: rootFs(document["rootfs"]),
    ...(Array.isArray(history) && { history: history.filter(isRecord).map(historyEntry) }),
  };
}

function containerConfig(config: Record<string, unknown>): ContainerConfig {
  const labels = stringMap(config["Labels"], "image config: Labels");
  return {
    ...text(config, "User", "WorkingDir", "StopSignal"),
    ...lists(config, "Env", "Entrypoint", "Cmd"),
    ...(labels && { Labels: labels }),
    ...keys(config, "ExposedPorts", "Volumes"),
  };
}

function rootFs(value: unknown): RootFs {
  const { type = "layers", diff_ids: diffIds } = isRecord(value) ? value : {};
  const digests = strings(diffIds, "image config: rootfs.diff_ids") ?? [];
  for (const digest of digests)
    if (!isDigest(digest)) throw new InvalidArgumentError(`image config: invalid diffID ${quote(digest)}`);
  return { type: String(type), diff_ids: digests as readonly Digest[] };
}

function historyEntry(entry: Record<string, unknown>): History {
  return {
    ...text(entry, "created", "created_by", "author", "comment"),
    ...(entry["empty_layer"] === true && { empty_layer: true }),
  };
}

/** The strings of those names that are there. */
function text<K extends string>(record: Record<string, unknown>, ...names: K[]): Partial<Record<K, string>> {
  const found: Partial<Record<K, string>> = {};
  for (const name of names) {
    const value = record[name];
    if (typeof value === "string") found[name] = value;
    else if (value !== undefined && value !== null)
      throw new InvalidArgumentError(`image config: ${name}: not a string`);
  }
  return found;
}

function lists<K extends string>(
  record: Record<string, unknown>,
  ...names: K[]
): Partial<Record<K, readonly string[]>> {
  const found: Partial<Record<K, readonly string[]>> = {};
  for (const name of names) {
    const value = strings(record[name], `image config: ${name}`);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** Docker writes the members of a set as empty objects, others as null: only the keys count. */
function keys<K extends string>(record: Record<string, unknown>, ...names: K[]): Partial<Record<K, KeySet>> {
  const found: Partial<Record<K, KeySet>> = {};
  for (const name of names) {
    const value = record[name];
    if (isRecord(value)) found[name] = Object.fromEntries(Object.keys(value).map((key) => [key, {}]));
  }
  return found;
}
