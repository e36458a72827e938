import {
  array,
  boolean,
  number,
  object,
  optional,
  record,
  string,
  unknown,
  type GenericSchema,
} from "valibot";

/** A proxy plugin: the same interface in another process (reference 00 §3.7). */
export interface ProxyPluginConfig {
  readonly type: string;
  readonly address: string;
  readonly platform: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly capabilities: readonly string[];
}

/** A program that turns one media type into another (reference 03 §5.1). */
export interface StreamProcessorConfig {
  readonly accepts: readonly string[];
  readonly returns: string;
  readonly path: string;
  readonly args: readonly string[];
  readonly env: readonly string[];
}

/** The daemon's configuration, containerd's version 4 (reference 00 §5.3). `""` and 0 mean "not set", as there. */
export interface Config {
  readonly version: number;
  readonly root: string;
  readonly state: string;
  readonly temp: string;
  readonly disabled_plugins: readonly string[];
  readonly required_plugins: readonly string[];
  readonly oom_score: number;
  readonly imports: readonly string[];
  readonly debug: { readonly level: string; readonly format: string; readonly log_trace_id: boolean };
  readonly cgroup: { readonly path: string };
  readonly plugins: Readonly<Record<string, unknown>>;
  readonly proxy_plugins: Readonly<Record<string, ProxyPluginConfig>>;
  /** Go durations by name. */
  readonly timeouts: Readonly<Record<string, string>>;
  readonly stream_processors: Readonly<Record<string, StreamProcessorConfig>>;
}

export const CONFIG_VERSION = 4;

const text = () => optional(string(), "");
const texts = () => optional(array(string()), []);

const proxyPlugin = object({
  type: text(),
  address: text(),
  platform: text(),
  exports: optional(record(string(), string()), {}),
  capabilities: texts(),
});

const streamProcessor = object({
  accepts: texts(),
  returns: text(),
  path: text(),
  args: texts(),
  env: texts(),
});

const debug = object({ level: text(), format: text(), log_trace_id: optional(boolean(), false) });
const cgroup = object({ path: text() });

const entries = {
  version: optional(number(), CONFIG_VERSION),
  root: text(),
  state: text(),
  temp: text(),
  disabled_plugins: texts(),
  required_plugins: texts(),
  oom_score: optional(number(), 0),
  imports: texts(),
  debug: optional(debug, {}),
  cgroup: optional(cgroup, {}),
  plugins: optional(record(string(), unknown()), {}),
  proxy_plugins: optional(record(string(), proxyPlugin), {}),
  timeouts: optional(record(string(), string()), {}),
  stream_processors: optional(record(string(), streamProcessor), {}),
};

export const ConfigSchema: GenericSchema<unknown, Config> = object(entries);

/** Keys that are read at each place with fixed keys; `*` stands for any name. */
export const KNOWN_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ["", Object.keys(entries)],
  ["debug", Object.keys(debug.entries)],
  ["cgroup", Object.keys(cgroup.entries)],
  ["proxy_plugins.*", Object.keys(proxyPlugin.entries)],
  ["stream_processors.*", Object.keys(streamProcessor.entries)],
]);
