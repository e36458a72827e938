import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { Introspection } from "@davit/api/services/introspection";
import { MountSchema, RuntimeInfoSchema, RuntimeRequestSchema } from "@davit/api/types";
import { FailedPreconditionError, isDavitError, toStatus } from "@davit/errdefs";
import { GrpcServer } from "@davit/grpc";
import { createClient, openChannel, type Client } from "@davit/grpc/client";
import { WarningPlugin, type WarningStore } from "@davit/introspection";
import { definePlugin, pluginType, SkipPluginError, startPlugins } from "@davit/plugin";
import { GrpcIntrospectionPlugin, IntrospectionServicePlugin } from "@davit/plugin-grpc-introspection";
import { GrpcPlugin } from "@davit/server";
import { isAnyOf, OCI_SPEC_URL, packAny, type Any } from "@davit/typeurl";

const StoragePlugin = pluginType("example.storage.v1");
const RuntimePlugin = pluginType("example.runtime.v1");

const storage = (id: string, init: () => unknown, platforms: readonly string[] = []) =>
  definePlugin({ type: StoragePlugin, id, platforms, capabilities: ["rebase"], init });

const runtime = definePlugin({
  type: RuntimePlugin,
  id: "task",
  requires: { good: { type: StoragePlugin, id: "good" } },
  init: ({ exports }) => {
    exports["root"] = "/runtime";
    return {
      pluginInfo: async (options: Any) => {
        if (!isAnyOf(options, RuntimeRequestSchema))
          throw new Error(`unknown request type ${options.typeUrl}`);
        return packAny(RuntimeInfoSchema, create(RuntimeInfoSchema, { name: "runc" }));
      },
    };
  },
});

const warnings = definePlugin({
  type: WarningPlugin,
  id: "deprecations",
  init: (): WarningStore => ({
    emit: () => {},
    warnings: () => [
      { id: "io.containerd.deprecation/x", message: "do not", lastOccurrence: 1_500_000_000n },
    ],
  }),
});

const plugins = [
  GrpcIntrospectionPlugin,
  IntrospectionServicePlugin,
  warnings,
  storage("good", () => ({}), ["linux/amd64", "linux/arm/v6", "no platform at all"]),
  storage("bad", () => {
    throw new FailedPreconditionError("disk is read-only");
  }),
  storage("worse", () => {
    throw new Error("it broke", { cause: new Error("beneath") });
  }),
  storage("skipped", () => {
    throw new SkipPluginError("not here", { cause: new FailedPreconditionError("no module") });
  }),
  runtime,
];

/** Starts the plugins and gives a client of their introspection service. */
function clientTest(
  name: string,
  body: (client: Client<typeof Introspection>, root: string) => Promise<void>,
): void {
  void test(name, async () => {
    const root = mkdtempSync(join(tmpdir(), "introspection-"));
    try {
      await using set = await startPlugins({ plugins, root, state: root, platform: "linux/amd64" });
      await using server = new GrpcServer({ services: set.lookUp(GrpcPlugin).grpc });
      using channel = openChannel(await server.listen({ host: "127.0.0.1", port: 0 }));
      await body(createClient(Introspection, channel), root);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
}

async function statusOf(call: Promise<unknown>): Promise<readonly [code: number, message: string]> {
  const error = await call.then(
    () => undefined,
    (err: unknown) => err,
  );
  assert.ok(isDavitError(error), "the call succeeded");
  const { code, message } = toStatus(error);
  return [code, message];
}

clientTest(
  "all plugins are told of in load order, also those that failed and those that load later",
  async (client) => {
    const { plugins: list } = await client.plugins({});
    assert.deepEqual(
      list.map(({ type, id, requires, initErr }) => [`${type}.${id}`, requires.join(), initErr?.code]),
      [
        ["io.containerd.warning.v1.deprecations", "", undefined],
        ["io.containerd.service.v1.introspection-service", "io.containerd.warning.v1", undefined],
        ["io.containerd.grpc.v1.introspection", "io.containerd.service.v1", undefined],
        ["example.storage.v1.good", "", undefined],
        ["example.storage.v1.bad", "", 9],
        ["example.storage.v1.worse", "", 2],
        ["example.storage.v1.skipped", "", 2],
        ["example.runtime.v1.task", "example.storage.v1", undefined],
      ],
    );
  },
);

clientTest("an error of a plugin has its code and the text of the whole chain", async (client) => {
  const { plugins: list } = await client.plugins({ filters: ["type==example.storage.v1"] });
  assert.deepEqual(
    list.map(({ initErr }) => initErr?.message),
    [
      undefined,
      "disk is read-only: failed precondition",
      "it broke: beneath",
      "not here: skip plugin: no module: failed precondition",
    ],
  );
});

clientTest(
  "platforms are parsed; exports and capabilities are as the plugin has set them",
  async (client) => {
    const { plugins: list } = await client.plugins({ filters: ["id==good", "id==task"] });
    assert.deepEqual(
      list[0]?.platforms.map(({ os, architecture, variant }) => [os, architecture, variant]),
      [
        ["linux", "amd64", ""],
        ["linux", "arm", "v6"],
        ["no platform at all", "", ""],
      ],
    );
    assert.deepEqual(list[0]?.capabilities, ["rebase"]);
    assert.deepEqual(list[1]?.exports, { root: "/runtime" });
  },
);

clientTest(
  "only type and id can be filtered by; a bad filter is refused, the class in front",
  async (client) => {
    const ids = async (...filters: string[]) =>
      (await client.plugins({ filters })).plugins.map(({ id }) => id);
    assert.deepEqual(await ids("type~=/^example/,id!=task"), ["good", "bad", "worse", "skipped"]);
    assert.deepEqual(await ids("capabilities==rebase"), []);
    assert.deepEqual(await ids("platforms"), []);
    assert.deepEqual(await statusOf(ids("type=x")), [
      3,
      'invalid argument: filters: parse error: [type >|=|< x]: unsupported operator "=": invalid argument',
    ]);
  },
);

clientTest(
  "Server tells the uuid that is kept in the root, the process and the warnings",
  async (client, root) => {
    const file = join(root, "io.containerd.grpc.v1.introspection", "uuid");
    assert.equal(existsSync(file), false);
    const { uuid, pid, pidns, deprecations } = await client.server({});
    assert.equal(readFileSync(file, "utf8"), uuid);
    assert.equal(pid, BigInt(process.pid));
    assert.ok(pidns > 0n);
    const [{ id, message, lastOccurrence } = {}, ...rest] = deprecations;
    assert.deepEqual(
      [id, message, lastOccurrence?.seconds, lastOccurrence?.nanos, rest],
      ["io.containerd.deprecation/x", "do not", 1n, 500_000_000, []],
    );
  },
);

const anyOf = (typeUrl: string, value: Uint8Array = new Uint8Array()) => ({ typeUrl, value });

clientTest("PluginInfo without options is the entry of the list, of a skipped plugin too", async (client) => {
  const { plugin, extra } = await client.pluginInfo({ type: StoragePlugin, id: "skipped" });
  assert.match(plugin?.initErr?.message ?? "", /skip plugin/);
  assert.equal(extra, undefined);
  assert.deepEqual(await statusOf(client.pluginInfo({ type: StoragePlugin, id: "none" })), [
    5,
    "plugin example.storage.v1.none not found: not found",
  ]);
});

clientTest("PluginInfo with options asks the plugin", async (client) => {
  const options = anyOf(RuntimeRequestSchema.typeName);
  const { plugin, extra } = await client.pluginInfo({ type: RuntimePlugin, id: "task", options });
  assert.equal(plugin?.id, "task");
  assert.equal(extra?.typeUrl, "containerd.types.RuntimeInfo");
  for (const typeUrl of [MountSchema.typeName, OCI_SPEC_URL]) {
    const call = client.pluginInfo({ type: RuntimePlugin, id: "task", options: anyOf(typeUrl) });
    assert.deepEqual(await statusOf(call), [2, `unknown request type ${typeUrl}`]);
  }
});

clientTest("PluginInfo with options of plugins that cannot answer", async (client) => {
  const ask = (id: string, options: Any, type: string = StoragePlugin) =>
    statusOf(client.pluginInfo({ type, id, options }));
  const options = anyOf(RuntimeRequestSchema.typeName);
  const unloaded = "cannot get extra info, plugin not successfully loaded: failed precondition";
  assert.deepEqual(await ask("bad", options), [9, unloaded]);
  assert.deepEqual(await ask("skipped", options), [9, unloaded]);
  assert.deepEqual(await ask("good", options), [
    12,
    "plugin does not provided extra information: not implemented",
  ]);
  assert.deepEqual(await ask("task", anyOf("x.y"), RuntimePlugin), [
    2,
    "failed to unmarshal plugin info Options: type with url x.y: not found",
  ]);
  const [code, message] = await ask(
    "task",
    anyOf(RuntimeRequestSchema.typeName, Buffer.from([0xff])),
    RuntimePlugin,
  );
  assert.equal(code, 2);
  assert.match(message, /^failed to unmarshal plugin info Options: /);
});

clientTest("a prefix before the name of the type is let pass", async (client) => {
  const value = toBinary(RuntimeRequestSchema, create(RuntimeRequestSchema, { runtimePath: "/shim" }));
  const options = anyOf(`type.googleapis.com/${RuntimeRequestSchema.typeName}`, value);
  const { extra } = await client.pluginInfo({ type: RuntimePlugin, id: "task", options });
  assert.equal(extra?.typeUrl, "containerd.types.RuntimeInfo");
});
