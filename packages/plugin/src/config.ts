import type { StandardSchemaV1 } from "@standard-schema/spec";
import { knownKeys, unknownKeys } from "./known-keys.ts";
import { aliasUris, type Resolve } from "./names.ts";
import { nearest } from "./nearest.ts";
import type { Registration } from "./registration.ts";

/** The tables of the configuration as parsed, by the URIs (or aliases) of the plugins they are for. */
export type ConfigTables = Readonly<Record<string, unknown>>;

/** A value that is not what the plugin's schema takes. */
export interface ConfigIssue {
  /** The key path below the plugin's table, such as `pinned_images.sandbox` or `[0].differ`; empty for the table itself. */
  readonly key: string;
  readonly message: string;
}

/** A table that does not fit the schema of its plugin. */
export class ConfigError extends Error {
  /** The plugin's own URI, also when an alias was used. */
  readonly uri: string;
  readonly issues: readonly ConfigIssue[];
  constructor(uri: string, issues: readonly ConfigIssue[]) {
    const texts = issues.map(({ key, message }) => (key ? `${key}: ${message}` : message));
    super(`invalid configuration of ${uri}: ${texts.join("; ")}`);
    this.name = "ConfigError";
    this.uri = uri;
    this.issues = issues;
  }
}

/** A key that the plugin does not know. */
export interface UnknownKey {
  readonly uri: string;
  /** The key path below the plugin's table. */
  readonly key: string;
  /** The known key that was probably meant. */
  readonly suggestion: string | undefined;
}

/** What became of the configuration. */
export interface CheckedConfig {
  /** The validated configuration by URI, defaults applied, of each plugin with a schema and no error. */
  readonly values: ReadonlyMap<string, unknown>;
  /** The plugins, by URI, that have a table. */
  readonly configured: ReadonlySet<string>;
  readonly errors: readonly ConfigError[];
  readonly unknownKeys: readonly UnknownKey[];
  /** Names of tables that no one reads: the plugin takes no configuration, or has another table under its own name. */
  readonly unusedTables: readonly string[];
  /** Names of tables for which no plugin is listed. */
  readonly foreignTables: readonly string[];
}

/** Validates the table of each plugin in `list`; `resolve` knows the disabled ones too. */
export async function validateAll(
  list: readonly Registration[],
  resolve: Resolve<Registration>,
  tables: ConfigTables,
): Promise<CheckedConfig> {
  const values = new Map<string, unknown>();
  const errors: ConfigError[] = [];
  const unknown: UnknownKey[] = [];
  const used = new Map<string, string>();
  for (const registration of list) {
    const name = tableOf(registration, resolve, tables);
    if (name !== undefined) used.set(registration.uri, name);
    if (!registration.config) continue;
    const table = (name === undefined ? undefined : tables[name]) ?? {};
    const result = await registration.config["~standard"].validate(table);
    if (result.issues) errors.push(new ConfigError(registration.uri, result.issues.map(issueOf)));
    else values.set(registration.uri, result.value);
    unknown.push(...unknownOf(registration.uri, registration.config, table));
  }
  const names = Object.keys(tables);
  const taken = new Set(list.filter(({ config }) => config).map(({ uri }) => used.get(uri)));
  return {
    values,
    configured: new Set(used.keys()),
    errors,
    unknownKeys: unknown,
    unusedTables: names.filter((name) => !taken.has(name) && list.includes(resolve(name) as Registration)),
    foreignTables: names.filter((name) => !resolve(name)),
  };
}

/** The name of the table a plugin reads: its own, else the first of its aliases that has one. */
const tableOf = (
  registration: Registration,
  resolve: Resolve<Registration>,
  tables: ConfigTables,
): string | undefined =>
  [registration.uri, ...aliasUris(registration)].find(
    (name) => Object.hasOwn(tables, name) && resolve(name) === registration,
  );

function unknownOf(uri: string, schema: StandardSchemaV1, table: unknown): UnknownKey[] {
  return [...unknownKeys(knownKeys(schema), table)].map(({ path, known }) => ({
    uri,
    key: pathText(path),
    suggestion: nearest(String(path.at(-1)), known),
  }));
}

const issueOf = ({ path = [], message }: StandardSchemaV1.Issue): ConfigIssue => ({
  key: pathText(path.map((segment) => (typeof segment === "object" ? segment.key : segment))),
  message,
});

/** `a.b[0].c`; a key with other characters than TOML's bare ones is quoted. */
function pathText(path: readonly PropertyKey[]): string {
  const parts = path.map((key) => {
    if (typeof key === "number") return `[${key}]`;
    return `.${/^[\w-]+$/.test(String(key)) ? String(key) : JSON.stringify(String(key))}`;
  });
  return parts.join("").replace(/^\./, "");
}
