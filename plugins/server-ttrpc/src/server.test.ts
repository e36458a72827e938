import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { promisify } from "node:util";
import { Events } from "@davit/api/services/ttrpc-events";
import { NotFoundError } from "@davit/errdefs";
import type { CallOptions } from "@davit/namespaces";
import {
  definePlugin,
  isSkipPlugin,
  pluginOf,
  startPlugins,
  type PluginDefinition,
  type PluginSet,
} from "@davit/plugin";
import { ServerTtrpcPlugin } from "@davit/plugin-server-ttrpc";
import { GrpcPlugin, implement, ServerPlugin, TtrpcPlugin } from "@davit/server";
import { connect, createClient, type Client, type TtrpcError } from "ttrpc-node";

const run = promisify(execFile);
const URI = "io.containerd.server.v1.ttrpc";

interface Forwarded {
  readonly topic: string | undefined;
  readonly options: CallOptions;
  readonly plugin: string | undefined;
}

function events(seen: Forwarded[] = []): PluginDefinition {
  return definePlugin({
    type: GrpcPlugin,
    id: "events",
    init: () => ({
      grpc: [],
      ttrpc: [
        implement(Events, {
          async forward({ envelope }, options) {
            if (envelope === undefined) throw new NotFoundError("envelope");
            seen.push({ topic: envelope.topic, options, plugin: pluginOf() });
            if (envelope.topic === "/slow") await sleep(100);
            return {};
          },
        }),
      ],
    }),
  });
}

async function daemon(
  plugins: PluginDefinition[],
  config: object = {},
): Promise<AsyncDisposable & { readonly set: PluginSet; readonly path: string; readonly dir: string }> {
  const dir = await mkdtemp(join(tmpdir(), "davit-server-ttrpc-"));
  const path = join(dir, "d.sock.ttrpc");
  const set = await startPlugins({
    plugins: [ServerTtrpcPlugin, ...plugins],
    root: dir,
    state: dir,
    config: { [URI]: { address: path, ...config } },
  });
  return {
    set,
    path,
    dir,
    async [Symbol.asyncDispose]() {
      await set[Symbol.asyncDispose]();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** A client, as a shim is one. */
async function dial(path: string): Promise<Disposable & { readonly events: Client<typeof Events> }> {
  const connection = await connect(path);
  return { events: createClient(Events, connection), [Symbol.dispose]: () => connection.close() };
}

test("ttrpc services of grpc plugins are served, with the namespace of ttrpc's own header", async () => {
  const seen: Forwarded[] = [];
  await using d = await daemon([events(seen)]);
  assert.equal(existsSync(d.path), false);
  await d.set.lookUp(ServerPlugin).start();
  assert.equal((await stat(d.path)).mode & 0o7777, 0o660);
  using shim = await dial(d.path);
  await shim.events.forward(
    { envelope: { topic: "/tasks/exit" } },
    { metadata: { "containerd-namespace-ttrpc": "k8s.io", traceparent: "00-1" } },
  );
  const [one] = seen;
  assert.deepEqual(
    [one?.topic, one?.options.namespace, one?.options.trace?.traceparent, one?.plugin],
    ["/tasks/exit", "k8s.io", "00-1", "io.containerd.grpc.v1.events"],
  );
});

test("errors arrive with the codes of errdefs", async () => {
  await using d = await daemon([events()]);
  await d.set.lookUp(ServerPlugin).start();
  using shim = await dial(d.path);
  await assert.rejects(shim.events.forward({}), (err: TtrpcError) => {
    assert.deepEqual([err.code, err.message], [5, "envelope: not found"]);
    return true;
  });
});

test("ttrpc plugins are served as well", async () => {
  const plugin = definePlugin({
    type: TtrpcPlugin,
    id: "own",
    init: () => ({ ttrpc: [implement(Events, { forward: async () => ({}) })] }),
  });
  await using d = await daemon([plugin]);
  await d.set.lookUp(ServerPlugin).start();
  using shim = await dial(d.path);
  await shim.events.forward({});
});

test(
  "a peer of another user is turned away",
  { skip: process.getuid?.() !== 0 && "needs root to become another user" },
  async () => {
    await using d = await daemon([events()], { uid: 65534, gid: 65534 });
    await chmod(d.dir, 0o755);
    await d.set.lookUp(ServerPlugin).start();
    // Python or Node may lie where that user cannot read: perl is everywhere, and needs nothing.
    const program = `
      use Socket; socket(my $s, PF_UNIX, SOCK_STREAM, 0);
      connect($s, sockaddr_un($ARGV[0])) or die "connect: $!";
      print defined(sysread($s, my $b, 1)) && length($b) ? "served" : "closed";`;
    const { stdout, stderr } = await run("perl", ["-e", program, d.path], {
      uid: 65534,
      gid: 65534,
      timeout: 10_000,
    });
    assert.equal(stdout, "closed", stderr);
  },
);

test("calls under way end before the server does, and the socket is removed", async () => {
  const d = await daemon([events()]);
  await d.set.lookUp(ServerPlugin).start();
  using shim = await dial(d.path);
  const slow = shim.events.forward({ envelope: { topic: "/slow" } });
  await sleep(30);
  await d.set[Symbol.asyncDispose]();
  await slow;
  assert.equal(existsSync(d.path), false);
  await d[Symbol.asyncDispose]();
});

test("without an address, or without a service, it is skipped", async () => {
  for (const [plugins, config] of [
    [[events()], { address: "" }],
    [[], {}],
  ] as const) {
    await using d = await daemon([...plugins], config);
    const entry = d.set.get(URI);
    assert.equal(entry?.state, "skipped");
    assert.ok(isSkipPlugin(entry?.error));
  }
});

test("what it requires is reported", async () => {
  await using d = await daemon([events()]);
  assert.deepEqual(d.set.get(URI)?.requires, ["io.containerd.ttrpc.v1", "io.containerd.grpc.v1"]);
});
