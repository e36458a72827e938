import { FailedPreconditionError } from "@davit/errdefs";
import { CONFIG_VERSION } from "./schema.ts";
import { copyTable, isTable, tableAt, textAt, type Table } from "./table.ts";

/** What a migration says to the log. */
export type Warn = (message: string) => void;

/** The version a file has; without a `version` it is 1 (reference 00 §5.1). */
export function versionOf(table: Table): number {
  const { version } = table;
  if (version === undefined || version === 0) return 1;
  if (typeof version !== "number" || !Number.isInteger(version) || version < 0)
    throw new FailedPreconditionError(`version must be a whole number from 1 to ${CONFIG_VERSION}`, {
      bare: true,
    });
  if (version > CONFIG_VERSION)
    throw new FailedPreconditionError(
      `expected containerd config version equal to or less than \`${CONFIG_VERSION}\`, got \`${version}\``,
      { bare: true },
    );
  return version;
}

/** A file's tables as version 4 has them. The tables given stay as they are. */
export function migrateConfig(given: Table, warn: Warn): Table {
  const table = copyTable(given);
  const version = versionOf(table);
  if (version < 2) qualifyNames(table, warn);
  if (version < 4) {
    moveServers(table);
    renamePlugins(tableAt(table, "plugins"));
  }
  table["version"] = CONFIG_VERSION;
  return table;
}

/** Version 1 has short names. */
function qualifyNames(table: Table, warn: Warn): void {
  const plugins = tableAt(table, "plugins");
  table["plugins"] = Object.fromEntries(
    Object.entries(plugins).map(([name, value]) => [qualified(name, warn), value]),
  );
  for (const list of ["disabled_plugins", "required_plugins"]) {
    const names = table[list];
    if (Array.isArray(names))
      table[list] = names.map((name) => (typeof name === "string" ? qualified(name, warn) : name));
  }
}

const SHORT: Readonly<Record<string, string>> = {
  cri: "io.containerd.grpc.v1.cri",
  cgroups: "io.containerd.monitor.v1.cgroups",
  linux: "io.containerd.runtime.v1.linux",
  scheduler: "io.containerd.gc.v1.scheduler",
  bolt: "io.containerd.metadata.v1.bolt",
  task: "io.containerd.runtime.v2.task",
  opt: "io.containerd.internal.v1.opt",
  restart: "io.containerd.internal.v1.restart",
  tracing: "io.containerd.internal.v1.tracing",
  otlp: "io.containerd.tracing.processor.v1.otlp",
};
const SHORT_SNAPSHOTTERS = ["aufs", "btrfs", "devmapper", "native", "overlayfs", "zfs"];

function qualified(name: string, warn: Warn): string {
  if (name.includes(".")) return name;
  const known = SHORT[name];
  if (known !== undefined) return known;
  if (SHORT_SNAPSHOTTERS.includes(name)) return `io.containerd.snapshotter.v1.${name}`;
  if (name.endsWith("-service")) return `io.containerd.service.v1.${name}`;
  const guess = name.startsWith("windows")
    ? `io.containerd.snapshotter.v1.${name}`
    : `io.containerd.grpc.v1.${name}`;
  warn(`configuration version 1: the plugin name "${name}" is taken for ${guess}`);
  return guess;
}

const SIZES = ["max_recv_message_size", "max_send_message_size"] as const;
const TLS = {
  tcp_tls_ca: "tls_ca",
  tcp_tls_cert: "tls_cert",
  tcp_tls_key: "tls_key",
  tcp_tls_common_name: "tls_common_name",
};

/** `[grpc] [ttrpc] [metrics]` and the address of `[debug]` become tables of the server plugins, where these have none. */
function moveServers(table: Table): void {
  const plugins = tableAt(table, "plugins");
  const add = (uri: string, value: Table) => {
    if (plugins[uri] === undefined && Object.keys(value).length > 0) plugins[uri] = value;
  };
  const grpc = isTable(table["grpc"]) ? table["grpc"] : {};
  const ttrpc = isTable(table["ttrpc"]) ? table["ttrpc"] : {};
  const metrics = isTable(table["metrics"]) ? table["metrics"] : {};
  const debug = isTable(table["debug"]) ? table["debug"] : {};
  add("io.containerd.server.v1.grpc", { ...ownerOf(grpc), ...pick(grpc, SIZES) });
  if (grpc["tcp_address"]) {
    const tls = Object.entries(TLS).filter(([key]) => grpc[key]);
    add("io.containerd.server.v1.grpc-tcp", {
      address: grpc["tcp_address"],
      ...Object.fromEntries(tls.map(([key, name]) => [name, grpc[key]])),
      ...pick(grpc, SIZES),
    });
  }
  const inherited = grpc["address"]
    ? { uid: 0, gid: 0, ...pick(grpc, ["uid", "gid"]), address: `${textAt(grpc, "address")}.ttrpc` }
    : {};
  const ownTtrpc = ownerOf(ttrpc);
  add("io.containerd.server.v1.ttrpc", ttrpc["address"] ? ownTtrpc : { ...inherited, ...ownTtrpc });
  if (metrics["address"]) add("io.containerd.server.v1.metrics", { address: metrics["address"] });
  if (metrics["grpc_histogram"]) add("io.containerd.metrics.v1.grpc-prometheus", { grpc_histogram: true });
  if (debug["address"]) add("io.containerd.server.v1.debug", ownerOf(debug));
  for (const key of ["grpc", "ttrpc", "metrics"]) delete table[key];
  for (const key of ["address", "uid", "gid"]) delete debug[key];
}

/** With an address, uid and gid count even when 0; without one only when not. */
function ownerOf(table: Table): Table {
  const { address } = table;
  if (address) return { address, uid: table["uid"] ?? 0, gid: table["gid"] ?? 0 };
  return pick(table, ["uid", "gid"]);
}

const pick = (table: Table, keys: readonly string[]): Table =>
  Object.fromEntries(keys.filter((key) => table[key]).map((key) => [key, table[key]]));

const RENAMED = {
  "io.containerd.internal.v1.restart": "io.containerd.monitor.container.v1.restart",
  "io.containerd.monitor.v1.cgroups": "io.containerd.monitor.task.v1.cgroups",
};

function renamePlugins(plugins: Table): void {
  for (const [from, to] of Object.entries(RENAMED)) {
    if (plugins[from] === undefined) continue;
    plugins[to] ??= plugins[from];
    delete plugins[from];
  }
  const task = plugins["io.containerd.runtime.v2.task"];
  if (!isTable(task) || task["sched_core"] === undefined) return;
  if (task["sched_core"] === true)
    tableAt(plugins, "io.containerd.shim.v1.manager")["env"] ??= ["SCHED_CORE=1"];
  delete task["sched_core"];
}
