import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { WireType } from "@bufbuild/protobuf/wire";
import { Health } from "@davit/api/health";
import { Version } from "@davit/api/services/version";
import { isKind } from "@davit/errdefs";
import { createClient, openChannel } from "@davit/grpc/client";
import {
  ConfigError,
  definePlugin,
  pluginOf,
  startPlugins,
  type PluginDefinition,
  type PluginSet,
} from "@davit/plugin";
import { ServerGrpcPlugin } from "@davit/plugin-server-grpc";
import { GrpcPlugin, implement, MetricsPlugin, ServerPlugin } from "@davit/server";

const URI = "io.containerd.server.v1.grpc";

const version = (id: string) =>
  definePlugin({
    type: GrpcPlugin,
    id,
    init: () => ({
      grpc: [implement(Version, { version: async () => ({ version: id, revision: pluginOf() ?? "" }) })],
    }),
  });
const broken = definePlugin({
  type: GrpcPlugin,
  id: "broken",
  init() {
    throw new Error("broken");
  },
});

interface Daemon extends AsyncDisposable {
  readonly set: PluginSet;
  readonly path: string;
}

async function daemon(plugins: PluginDefinition[], config: object = {}): Promise<Daemon> {
  const dir = await mkdtemp(join(tmpdir(), "davit-server-grpc-"));
  const path = join(dir, "d.sock");
  const set = await startPlugins({
    plugins: [ServerGrpcPlugin, ...plugins],
    root: dir,
    state: dir,
    config: { [URI]: { address: path, ...config } },
  });
  return {
    set,
    path,
    async [Symbol.asyncDispose]() {
      await set[Symbol.asyncDispose]();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

test("the services of all grpc plugins are served from start() on, and no sooner", async () => {
  await using d = await daemon([version("version"), broken]);
  const server = d.set.lookUp(ServerPlugin);
  assert.equal(server.address, d.path);
  assert.equal(existsSync(d.path), false);
  await server.start();
  assert.equal((await stat(d.path)).mode & 0o7777, 0o660);
  using channel = openChannel(`unix://${d.path}`);
  assert.equal((await createClient(Version, channel).version({})).version, "version");
  await assert.rejects(createClient(Health, channel).check({}), (err: Error) => {
    assert.match(err.message, /^unknown service grpc\.health\.v1\.Health/);
    return isKind(err, "NotImplemented");
  });
});

test("a call runs on behalf of the plugin that serves it", async () => {
  await using d = await daemon([version("version")]);
  await d.set.lookUp(ServerPlugin).start();
  using channel = openChannel(d.path);
  assert.equal((await createClient(Version, channel).version({})).revision, "io.containerd.grpc.v1.version");
});

test("of two plugins with the same service the first answers", async () => {
  await using d = await daemon([version("one"), version("two")]);
  await d.set.lookUp(ServerPlugin).start();
  using channel = openChannel(d.path);
  assert.equal((await createClient(Version, channel).version({})).version, "one");
});

test("metrics plugins see every call with its code", async () => {
  const seen: unknown[] = [];
  const metrics = definePlugin({
    type: MetricsPlugin,
    id: "test",
    init: () => ({
      started: (service, method) => void seen.push([service, method]),
      handled: (service, method, code) => void seen.push([service, method, code]),
    }),
  });
  await using d = await daemon([metrics, version("version")], { max_send_message_size: 1 });
  await d.set.lookUp(ServerPlugin).start();
  using channel = openChannel(d.path);
  await assert.rejects(createClient(Version, channel).version({}), /larger than max/);
  const name = "containerd.services.version.v1.Version";
  assert.deepEqual(seen, [
    [name, "Version"],
    [name, "Version", 8],
  ]);
});

test("a size of 0 or less means gRPC's own default", async () => {
  await using d = await daemon([version("version")], { max_recv_message_size: 0, max_send_message_size: -1 });
  await d.set.lookUp(ServerPlugin).start();
  using channel = openChannel(d.path);
  const client = createClient(Version, channel);
  await client.version({});
  const big = create(Version.method.version.input);
  // A field that nobody knows: a length of 5 MiB as a varint, and as many bytes.
  const data = Buffer.concat([Buffer.from([0x80, 0x80, 0xc0, 0x02]), Buffer.alloc(5 << 20)]);
  big.$unknown = [{ no: 100, wireType: WireType.LengthDelimited, data }];
  await assert.rejects(client.version(big), /larger than max \(5242886 vs\. 4194304\)/);
});

test("stopping the daemon removes the socket", async () => {
  const d = await daemon([version("version")]);
  await d.set.lookUp(ServerPlugin).start();
  assert.equal(existsSync(d.path), true);
  await d.set[Symbol.asyncDispose]();
  assert.equal(existsSync(d.path), false);
  await d[Symbol.asyncDispose]();
});

test("an empty address, a path too long and a wrong type are refused", async () => {
  {
    await using d = await daemon([], { address: "" });
    const entry = d.set.get(URI);
    assert.equal(entry?.state, "failed");
    assert.ok(isKind(entry?.error, "InvalidArgument"));
  }
  {
    const address = `/tmp/${"x".repeat(104)}`;
    await using d = await daemon([], { address });
    await assert.rejects(d.set.lookUp(ServerPlugin).start(), {
      message: `"${address}": unix socket path too long (> 104)`,
    });
  }
  await assert.rejects(daemon([], { uid: "root" }), ConfigError);
});

test("what it requires is reported", async () => {
  await using d = await daemon([]);
  assert.deepEqual(d.set.get(URI)?.requires, ["io.containerd.grpc.v1", "io.containerd.metrics.v1"]);
});
