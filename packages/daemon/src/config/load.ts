import { globSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { isErrno, wireMessage } from "@davit/errdefs";
import { parseDuration } from "@davit/time";
import { parse, TomlError } from "smol-toml";
import { getDotPath, safeParse } from "valibot";
import { mergeConfig } from "./merge.ts";
import { migrateConfig, versionOf } from "./migrate.ts";
import { CONFIG_VERSION, ConfigSchema, type Config } from "./schema.ts";
import { isTable, type Table } from "./table.ts";
import { unknownKeysOf, type UnknownKey } from "./unknown-keys.ts";

/** A configuration that cannot be used: the daemon does not start with it. It has no cause: its text says all, once. */
export class ConfigFileError extends Error {
  readonly file: string;
  constructor(file: string, message: string) {
    super(`failed to load TOML from ${file}: ${message}`);
    this.name = "ConfigFileError";
    this.file = file;
  }
}

/** A configuration and what was found on the way. */
export interface LoadedConfig {
  readonly config: Config;
  /** The files read, in order. */
  readonly files: readonly string[];
  readonly unknownKeys: readonly UnknownKey[];
  readonly warnings: readonly string[];
}

/** The configuration of a daemon without a file. */
export function defaultConfig(): Config {
  return validated({}, "the defaults");
}

/**
 * Reads a configuration file and what it imports, each migrated to version 4, later ones laid over earlier ones
 * (reference 00 §5.2).
 * @throws ConfigFileError with file, and line and column where there are any.
 */
export function loadConfig(file: string): LoadedConfig {
  const queue = [resolve(file)];
  const files: string[] = [];
  const unknownKeys: UnknownKey[] = [];
  const warnings: string[] = [];
  let merged: Table = {};
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    if (files.includes(path)) continue;
    files.push(path);
    const { table, text } = readTable(path);
    try {
      const version = versionOf(table);
      if (version < CONFIG_VERSION)
        warnings.push(
          `Configuration migrated from version ${version}, use \`davitd config migrate\` to avoid migration (${path})`,
        );
      const migrated = migrateConfig(table, (message) => warnings.push(`${path}: ${message}`));
      checkUris(migrated);
      validated(migrated, path);
      unknownKeys.push(...unknownKeysOf(migrated, path, text));
      queue.push(...importsOf(migrated, path));
      merged = mergeConfig(merged, migrated);
    } catch (cause) {
      if (cause instanceof ConfigFileError) throw cause;
      throw new ConfigFileError(path, wireMessage(cause));
    }
  }
  return { config: validated(merged, file), files, unknownKeys, warnings };
}

function readTable(path: string): { readonly table: Table; readonly text: string } {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const reason = isErrno(cause, "ENOENT") ? "no such file or directory" : (cause as Error).message;
    throw new ConfigFileError(path, `open ${path}: ${reason}`);
  }
  try {
    return { table: parse(text), text };
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const [reason = ""] = cause.message.split("\n");
    const where = `row ${cause.line} column ${cause.column}`;
    const what = reason.replace(/^Invalid TOML document: /, "");
    throw new ConfigFileError(path, `failed to unmarshal TOML at ${where}: ${what}\n${cause.codeblock}`);
  }
}

/** Globs that match nothing are fine; a plain path must be there, which reading it finds out. */
function importsOf({ imports }: Table, path: string): string[] {
  if (!Array.isArray(imports)) return [];
  return imports.flatMap((entry) => {
    const absolute = resolve(dirname(path), String(entry));
    return absolute.includes("*") ? globSync(absolute).toSorted() : [absolute];
  });
}

function checkUris(table: Table): void {
  for (const kind of ["disabled", "required"]) {
    const uris = table[`${kind}_plugins`];
    if (!Array.isArray(uris)) continue;
    const bad = uris.find((uri) => typeof uri === "string" && !uri.includes("."));
    if (bad !== undefined)
      throw new Error(`invalid ${kind} plugin URI "${String(bad)}" expect io.containerd.x.vx`);
  }
}

function validated(table: Table, file: string): Config {
  const result = safeParse(ConfigSchema, table);
  if (result.success) {
    checkTimeouts(result.output, file);
    return result.output;
  }
  const issues = result.issues.map((issue) => `${getDotPath(issue) ?? ""}: ${issue.message}`);
  throw new ConfigFileError(file, issues.join("; "));
}

function checkTimeouts({ timeouts }: Config, file: string): void {
  const bad = Object.values(timeouts).find((text) => parseDuration(text) === undefined);
  if (bad !== undefined) throw new ConfigFileError(file, `unable to parse ${bad} into a time duration`);
}

/** The table of a plugin in a configuration. */
export function pluginTable(config: Config, uri: string): Table {
  const table = config.plugins[uri];
  return isTable(table) ? table : {};
}
