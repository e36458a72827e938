import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { defaultConfig, dumpConfig, loadConfig, migrateConfig, problemsOf } from "@davit/daemon";
import { definePlugin, pluginType } from "@davit/plugin";
import { parse } from "smol-toml";
import { number, object, optional, string } from "valibot";

let dir = "";
before(() => {
  dir = mkdtempSync(join(tmpdir(), "davit-config-"));
});
after(() => rmSync(dir, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(dir, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const GRPC = "io.containerd.server.v1.grpc";
const TTRPC = "io.containerd.server.v1.ttrpc";
const none = (): void => undefined;

test("the defaults are containerd's version 4", () => {
  const { version, plugins, debug } = defaultConfig();
  assert.deepEqual([version, plugins, debug], [4, {}, { level: "", format: "", log_trace_id: false }]);
});

test("a syntax error names file, row and column", () => {
  const path = file("syntax.toml", `version = 4\nroot = "/x\n`);
  assert.throws(() => loadConfig(path), {
    name: "ConfigFileError",
    message: new RegExp(`^failed to load TOML from ${path}: failed to unmarshal TOML at row 2 column \\d+: `),
  });
});

test("a value of the wrong type is fatal and named by its path", () => {
  const path = file("type.toml", `version = 4\n[debug]\nlevel = 3\n`);
  assert.throws(() => loadConfig(path), /debug\.level: .*string/);
});

test("unknown keys are named with file, line and the key that was meant", () => {
  const path = file(
    "unknown.toml",
    `version = 4\nrooot = "/x"\n[debug]\nlevle = "info"\n[proxy_plugins.x]\nadress = "/s"\n`,
  );
  const { unknownKeys } = loadConfig(path);
  assert.deepEqual(
    unknownKeys.map(({ key, line, suggestion }) => [key, line, suggestion]),
    [
      ["rooot", 2, "root"],
      ["debug.levle", 4, "level"],
      ["proxy_plugins.x.adress", 6, "address"],
    ],
  );
});

test("a version beyond 4 and a file that is absent are refused with containerd's words", () => {
  const path = file("version.toml", "version = 5\n");
  assert.throws(
    () => loadConfig(path),
    /expected containerd config version equal to or less than `4`, got `5`/,
  );
  assert.throws(() => loadConfig(join(dir, "absent.toml")), /open .*absent\.toml: no such file or directory/);
});

test("a timeout that is no duration is refused with containerd's words", () => {
  const path = file("timeout.toml", `version = 4\n[timeouts]\n"io.containerd.timeout.shim.load" = "soon"\n`);
  assert.throws(() => loadConfig(path), /unable to parse soon into a time duration/);
});

test("a disabled plugin's URI has a dot", () => {
  const path = file("uri.toml", `version = 4\ndisabled_plugins = ["cri"]\n`);
  assert.throws(() => loadConfig(path), /invalid disabled plugin URI "cri" expect io\.containerd\.x\.vx/);
});

test("imports are relative, globbed, read once, and laid over in order", () => {
  file("conf.d/b.toml", `version = 4\ndisabled_plugins = ["b.v1.x"]\n[plugins."p.v1.a"]\nb = 2\n`);
  file(
    "conf.d/a.toml",
    `version = 4\nroot = "/from-a"\nimports = ["../main.toml"]\n[plugins."p.v1.a"]\na = 1\nb = 1\n`,
  );
  const main = file(
    "main.toml",
    `version = 4\nroot = "/main"\nimports = ["conf.d/*.toml", "none/*.toml"]\ndisabled_plugins = ["a.v1.x"]\n`,
  );
  const { config, files } = loadConfig(main);
  assert.equal(files.length, 3);
  assert.equal(config.root, "/from-a");
  assert.deepEqual(config.disabled_plugins, ["a.v1.x", "b.v1.x"]);
  assert.deepEqual(config.plugins, { "p.v1.a": { a: 1, b: 2 } });
  const missing = file("missing.toml", `version = 4\nimports = ["gone.toml"]\n`);
  assert.throws(() => loadConfig(missing), /open .*gone\.toml: no such file or directory/);
});

test("timeouts and proxy plugins are replaced whole, entry by entry", () => {
  file("over.toml", `version = 4\n[proxy_plugins.x]\naddress = "/new"\n[timeouts]\na = "2s"\n`);
  const main = file(
    "under.toml",
    `version = 4\nimports = ["over.toml"]\n[proxy_plugins.x]\ntype = "snapshot"\naddress = "/old"\n[timeouts]\na = "1s"\nb = "1s"\n`,
  );
  const { config } = loadConfig(main);
  assert.deepEqual(config.timeouts, { a: "2s", b: "1s" });
  assert.equal(config.proxy_plugins["x"]?.type, "");
});

test("version 2: server tables move to the server plugins, ttrpc follows the gRPC address", () => {
  const table = parse(
    `version = 2\n[grpc]\naddress = "/s"\ngid = 5\nmax_recv_message_size = 1\ntcp_address = "127.0.0.1:1"\ntcp_tls_ca = "/ca"\n[metrics]\naddress = "127.0.0.1:2"\n[debug]\naddress = "/d"\nlevel = "debug"\n`,
  );
  const migrated = migrateConfig(table, none);
  assert.deepEqual(migrated["plugins"], {
    [GRPC]: { address: "/s", uid: 0, gid: 5, max_recv_message_size: 1 },
    "io.containerd.server.v1.grpc-tcp": { address: "127.0.0.1:1", tls_ca: "/ca", max_recv_message_size: 1 },
    [TTRPC]: { address: "/s.ttrpc", uid: 0, gid: 5 },
    "io.containerd.server.v1.metrics": { address: "127.0.0.1:2" },
    "io.containerd.server.v1.debug": { address: "/d", uid: 0, gid: 0 },
  });
  assert.deepEqual(migrated["debug"], { level: "debug" });
  assert.equal(migrated["version"], 4);
});

test("version 3: a server plugin's own table wins over the old section", () => {
  const table = parse(`version = 3\n[grpc]\naddress = "/old"\n[plugins."${GRPC}"]\naddress = "/new"\n`);
  assert.deepEqual((migrateConfig(table, none)["plugins"] as Record<string, unknown>)[GRPC], {
    address: "/new",
  });
});

test("version 1: short names become URIs, unusual ones with a warning", () => {
  const warnings: string[] = [];
  const table = parse(
    `disabled_plugins = ["cri", "btrfs"]\n[plugins.bolt]\ncontent_sharing_policy = "isolated"\n[plugins.mine]\nx = 1\n`,
  );
  const migrated = migrateConfig(table, (warning) => warnings.push(warning));
  assert.deepEqual(migrated["disabled_plugins"], [
    "io.containerd.grpc.v1.cri",
    "io.containerd.snapshotter.v1.btrfs",
  ]);
  assert.deepEqual(Object.keys(migrated["plugins"] as object), [
    "io.containerd.metadata.v1.bolt",
    "io.containerd.grpc.v1.mine",
  ]);
  assert.equal(warnings.length, 1);
});

test("renamed plugins keep their tables; sched_core becomes the shim manager's environment", () => {
  const table = parse(
    `version = 2\n[plugins."io.containerd.internal.v1.restart"]\ninterval = "1s"\n[plugins."io.containerd.runtime.v2.task"]\nsched_core = true\n`,
  );
  assert.deepEqual(migrateConfig(table, none)["plugins"], {
    "io.containerd.monitor.container.v1.restart": { interval: "1s" },
    "io.containerd.runtime.v2.task": {},
    "io.containerd.shim.v1.manager": { env: ["SCHED_CORE=1"] },
  });
});

const Thing = pluginType<object>("x.thing.v1");
const thing = definePlugin({
  type: Thing,
  id: "one",
  config: object({ size: optional(number(), 7), name: optional(string(), "") }),
  init: () => ({}),
});

test("dumpConfig() prints plugins' defaults under what the file says", async () => {
  const config = { ...defaultConfig(), plugins: { "x.thing.v1.one": { name: "set" } } };
  const dumped = parse(await dumpConfig(config, [thing]));
  assert.deepEqual(structuredClone(dumped["plugins"]), { "x.thing.v1.one": { size: 7, name: "set" } });
  assert.equal(dumped["version"], 4);
});

test("problemsOf() tells typos of plugins' keys, wrong types and what is meant", async () => {
  const problems = async (table: object) =>
    problemsOf({ config: { ...defaultConfig(), plugins: { "x.thing.v1.one": table } }, unknownKeys: [] }, [
      thing,
    ]);
  assert.deepEqual(await problems({ size: 1 }), []);
  assert.match((await problems({ szie: 1 })).join(), /unknown key "szie"; did you mean "size"\?/);
  assert.match(
    (await problems({ size: "big" })).join(),
    /invalid configuration of x\.thing\.v1\.one: size: /,
  );
});
