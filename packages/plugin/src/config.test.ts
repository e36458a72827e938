import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import * as v from "valibot";
import {
  checkConfig,
  ConfigError,
  definePlugin,
  type ConfigTables,
  type DefinedPlugin,
  type PluginOptions,
} from "@davit/plugin";
import { MemoryLog } from "./testing/memory-log.ts";
import { A, B, make, start } from "./testing/plugins.ts";

const Transfer = v.object({
  max_downloads: v.optional(v.pipe(v.number(), v.integer()), 3),
  config_path: v.optional(v.string(), ""),
  unpack: v.optional(v.array(v.object({ platform: v.string(), differ: v.optional(v.string()) })), []),
  mirrors: v.optional(v.record(v.string(), v.object({ url: v.string() })), {}),
  pinned: v.optional(v.object({ sandbox: v.optional(v.string(), "pause") }), {}),
  free: v.optional(v.looseObject({ named: v.optional(v.number()) })),
  either: v.optional(v.union([v.object({ file: v.string() }), v.object({ address: v.string() })])),
});
const given = (
  config: NonNullable<PluginOptions<unknown, unknown>["config"]>,
  more: Partial<PluginOptions<unknown, unknown>> = {},
): DefinedPlugin =>
  definePlugin({ type: A, id: "1", config, ...more, init: (ctx) => ({ config: ctx.config }) });
const plugin = given(Transfer);

/** The configuration a plugin is given. */
async function configOf(definition: DefinedPlugin, config?: ConfigTables): Promise<unknown> {
  await using set = await start([definition], config ? { config } : {});
  return (set.lookUp(A) as { config: unknown }).config;
}
const issues = async (table: unknown, definition = plugin): Promise<string[]> => {
  const { errors } = await checkConfig({ plugins: [definition], config: { "test.a.v1.1": table } });
  return errors.flatMap(({ message }) => message);
};
const unknown = async (table: unknown, definition = plugin): Promise<(string | undefined)[][]> => {
  const { unknownKeys } = await checkConfig({ plugins: [definition], config: { "test.a.v1.1": table } });
  return unknownKeys.map(({ key, suggestion }) => [key, suggestion]);
};

test("defaults are applied, without a table and in one", async () => {
  const defaults = {
    max_downloads: 3,
    config_path: "",
    unpack: [],
    mirrors: {},
    pinned: { sandbox: "pause" },
  };
  assert.deepEqual(await configOf(plugin), defaults);
  assert.deepEqual(await configOf(plugin, { "test.a.v1.1": { max_downloads: 7, pinned: {} } }), {
    ...defaults,
    max_downloads: 7,
  });
});

test("a schema may validate asynchronously", async () => {
  const schema = v.objectAsync({
    n: v.pipeAsync(
      v.number(),
      v.checkAsync(async (n) => (await sleep(1), n < 5), "too big"),
    ),
  });
  assert.deepEqual(await configOf(given(schema), { "test.a.v1.1": { n: 4 } }), { n: 4 });
  assert.deepEqual(await issues({ n: 6 }, given(schema)), [
    "invalid configuration of test.a.v1.1: n: too big",
  ]);
});

test("a value of the wrong type stops the start before anything is initialised, with the URI and the key", async () => {
  let begun = false;
  const other = make(B, "1", {}, () => (begun = true));
  const config = {
    "test.a.v1.1": { max_downloads: "many", unpack: [{ platform: "linux" }, { platform: 1 }] },
  };
  await assert.rejects(start([other, plugin], { config }), (error: ConfigError) => {
    assert.ok(error instanceof ConfigError);
    assert.equal(error.uri, "test.a.v1.1");
    assert.deepEqual(
      error.issues.map(({ key }) => key),
      ["max_downloads", "unpack[1].platform"],
    );
    assert.match(
      error.message,
      /^invalid configuration of test\.a\.v1\.1: max_downloads: Invalid type: Expected number/,
    );
    return true;
  });
  assert.equal(begun, false);
});

test("a table that is no table is of the wrong type too", async () => {
  assert.match(
    (await issues("text")).join(),
    /^invalid configuration of test\.a\.v1\.1: Invalid type: Expected Object/,
  );
  assert.match((await issues({ mirrors: { "docker.io": {} } })).join(), /: mirrors\."docker\.io"\.url: /);
});

test("unknown keys are named with the nearest key, at any depth", async () => {
  const table = {
    max_download: 1,
    maxDownloads: 1,
    "config-path": "x",
    zzz: 1,
    unpack: [{ platform: "linux", diffr: "walking" }],
    mirrors: { "docker.io": { url: "x", ulr: "y" } },
    pinned: { sandboxes: "x" },
    free: { anything: { goes: 1 } },
    either: { file: "x", addres: "y" },
  };
  assert.deepEqual(await unknown(table), [
    ["max_download", "max_downloads"],
    ["maxDownloads", "max_downloads"],
    ["config-path", "config_path"],
    ["zzz", undefined],
    ["unpack[0].diffr", "differ"],
    ['mirrors."docker.io".ulr', "url"],
    ["pinned.sandboxes", "sandbox"],
    ["either.addres", "address"],
  ]);
});

test("unknown keys are warned of, kept out, and do not stop the start", async () => {
  const log = new MemoryLog();
  await using set = await start([plugin], { log, config: { "test.a.v1.1": { max_download: 1 } } });
  assert.deepEqual((set.lookUp(A) as { config: { max_downloads: number } }).config.max_downloads, 3);
  const fields = { plugin: "test.a.v1.1", key: "max_download", suggestion: "max_downloads" };
  const [line] = log.of("ignoring unknown key in the configuration of a plugin");
  assert.deepEqual([line?.level, line?.fields], ["warn", fields]);
  assert.deepEqual(set.config.unknownKeys, [
    { uri: "test.a.v1.1", key: "max_download", suggestion: "max_downloads" },
  ]);
});

test("a schema of any library names its keys by its JSON Schema", async () => {
  const jsonSchema = {
    $defs: { entry: { type: "object", properties: { url: { type: "string" } } } },
    type: "object",
    properties: {
      address: { type: "string" },
      list: { type: "array", items: { $ref: "#/$defs/entry" } },
      open: { type: "object", properties: { a: {} }, additionalProperties: true },
      map: { type: "object", additionalProperties: { $ref: "#/$defs/entry" } },
      either: { anyOf: [{ properties: { x: {} } }, { type: "object", properties: { y: {} } }] },
    },
  };
  const props = { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) } as const;
  const schema = (input: () => object) =>
    given({ "~standard": { ...props, jsonSchema: { input } } } as never);
  const table = {
    adress: "",
    list: [{ ulr: 1 }],
    open: { b: 1 },
    map: { k: { u: 1 } },
    either: { x: 1, y: 1, z: 1 },
  };
  const expected = ["adress", "list[0].ulr", "map.k.u", "either.z"];
  assert.deepEqual(
    (
      await unknown(
        table,
        schema(() => jsonSchema),
      )
    ).map(([key]) => key),
    expected,
  );
  const unable = schema(() => {
    throw new Error("cannot be converted");
  });
  assert.deepEqual(await unknown(table, unable), []);
  assert.deepEqual(await unknown(table, given({ "~standard": props })), []);
});

test("a plugin without a schema is given no configuration, and a table for it is warned of", async () => {
  const log = new MemoryLog();
  let config: unknown = "not called";
  const bare = make(B, "1", {}, (ctx) => ((config = ctx.config), {}));
  await using set = await start([bare], { log, config: { "test.b.v1.1": { a: 1 }, "test.c.v1.x": {} } });
  assert.equal(config, undefined);
  assert.deepEqual(
    log.lines.filter(({ level }) => level === "warn").map(({ fields }) => fields),
    [{ table: "test.b.v1.1" }],
  );
  assert.deepEqual([set.config.unusedTables, set.config.foreignTables], [["test.b.v1.1"], ["test.c.v1.x"]]);
  assert.equal(set.get("test.b.v1.1")?.configured, true);
});

test("the table of a disabled plugin is neither validated nor foreign", async () => {
  const config = { "test.a.v1.1": { max_downloads: "many" } };
  const checked = await checkConfig({ plugins: [plugin], disabled: ["test.a.v1.1"], config });
  assert.deepEqual([checked.errors, checked.foreignTables, checked.unusedTables], [[], [], []]);
});

test("checkConfig tells all errors and starts nothing", async () => {
  let begun = false;
  const second = definePlugin({ type: B, id: "2", config: Transfer, init: () => (begun = true) });
  const config = { "test.a.v1.1": { pinned: 1 }, "test.b.v1.2": { unpack: {} } };
  const checked = await checkConfig({ plugins: [second, plugin], config });
  assert.deepEqual(
    checked.errors.map(({ uri }) => uri),
    ["test.b.v1.2", "test.a.v1.1"],
  );
  assert.equal(begun, false);
  const { values, configured } = await checkConfig({ plugins: [plugin] });
  assert.deepEqual([[...values.keys()], configured.size], [["test.a.v1.1"], 0]);
});

const level = given(v.object({ n: v.optional(v.number(), 0) }), { id: "level", aliases: ["bolt"] });

test("a plugin answers to its aliases in configuration, disabled and required", async () => {
  assert.deepEqual(await configOf(level, { "test.a.v1.bolt": { n: 1 } }), { n: 1 });
  await using set = await start([level], { disabled: ["test.a.v1.bolt"] });
  assert.equal(set.size, 0);
  await using required = await start([level], { required: ["test.a.v1.bolt"] });
  assert.equal(required.get("test.a.v1.level")?.state, "loaded");
  assert.equal(required.get("test.a.v1.bolt"), undefined);
  const failing = definePlugin({
    type: A,
    id: "level",
    aliases: ["bolt"],
    init: () => Promise.reject(new Error("boom")),
  });
  await assert.rejects(start([failing], { required: ["test.a.v1.bolt"] }), {
    message: "load required plugin test.a.v1.level: boom",
  });
  await assert.rejects(start([level], { disabled: ["test.a.v1.level"], required: ["test.a.v1.bolt"] }), {
    message: "required plugin [test.a.v1.bolt] not included",
  });
});

test("a plugin's own table goes before that of an alias, which is then unused", async () => {
  const config = { "test.a.v1.bolt": { n: 1 }, "test.a.v1.level": { n: 2 } };
  assert.deepEqual(await configOf(level, config), { n: 2 });
  assert.deepEqual((await checkConfig({ plugins: [level], config })).unusedTables, ["test.a.v1.bolt"]);
});

test("a plugin that really has the name goes before an alias", async () => {
  const bolt = given(v.object({ n: v.optional(v.number(), 0) }), { id: "bolt" });
  const config = { "test.a.v1.bolt": { n: 1 } };
  const { values } = await checkConfig({ plugins: [level, bolt], config });
  assert.deepEqual([...values.values()], [{ n: 0 }, { n: 1 }]);
});

test("an alias of two plugins is refused", async () => {
  await assert.rejects(start([level, given(Transfer, { id: "other", aliases: ["bolt"] })]), {
    message: "test.a.v1.bolt: plugin: id already registered",
  });
});
