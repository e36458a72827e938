import assert from "node:assert/strict";
import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { connect, createClient, isClosed, TtrpcError, type Connection } from "ttrpc-node";
import { Echo } from "./testing/echo.ts";
import { startRig } from "./testing/rig.ts";

const source = new URL("../testing/go", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "ttrpc-node-go-"));
const peer = join(folder, "ttrpc-peer");
after(() => rmSync(folder, { recursive: true, force: true }));

const skip = build();

/** Builds the Go peer; the reason why not when this machine cannot. */
function build(): string | false {
  const go = (...args: string[]) =>
    spawnSync("go", args, { cwd: source, encoding: "utf8", timeout: 240_000 });
  const download = go("mod", "download");
  if (download.error) return "go is not installed";
  if (download.status !== 0)
    return `go cannot fetch github.com/containerd/ttrpc: ${download.stderr.split("\n")[0]}`;
  const built = go("build", "-o", peer, ".");
  assert.equal(built.status, 0, built.stderr);
  return false;
}

/** Go's server, and a connection to it. */
async function goServer(): Promise<{ connection: Connection } & AsyncDisposable> {
  const socket = join(mkdtempSync(join(folder, "serve-")), "s");
  const child = spawn(peer, ["serve", socket], { stdio: ["pipe", "pipe", "ignore"] });
  await once(child.stdout, "data");
  const connection = await connect(socket);
  return {
    connection,
    async [Symbol.asyncDispose]() {
      connection.close();
      child.stdin.end();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}

async function values(messages: AsyncIterable<{ value: string }>): Promise<string[]> {
  const all: string[] = [];
  for await (const { value } of messages) all.push(value);
  return all;
}

test(
  "a Go client is served: unary and all kinds of streams, errors, metadata, deadlines, large messages",
  { skip },
  async () => {
    await using rig = await startRig((server) => {
      server.addService(Echo, {
        async say({ value }, { signal, metadata, timeoutMs }) {
          if (value === "fail") throw new TtrpcError(5, "container c1: not found");
          if (value === "metadata")
            return { value: `${metadata.get("key")?.join("+")} ${(timeoutMs ?? 1e9) < 60_000}` };
          if (value === "shutdown") void server.shutdown();
          if (value === "wait")
            await new Promise((_resolve, reject) =>
              signal.addEventListener("abort", () => reject(signal.reason as Error)),
            );
          return { value };
        },
        async *count({ value }) {
          if (Number.isNaN(Number(value))) throw new TtrpcError(3, "not a number");
          for (let i = 1; i <= Number(value); i++) yield { value: String(i) };
        },
        async join(requests) {
          return { value: (await values(requests)).join(",") };
        },
        async *chat(requests) {
          for await (const { value } of requests) yield { value: value.toUpperCase() };
        },
      });
    });
    const { stdout } = await promisify(execFile)(peer, ["call", rig.path]);
    // Which of the two keeps the deadline first is chance.
    const lines = stdout.trim().replace("rpc error: code = DeadlineExceeded desc = ", "").split("\n");
    assert.deepEqual(lines, [
      "say: hello",
      "large: 4194204",
      "fail: rpc error: code = NotFound desc = container c1: not found",
      "method: rpc error: code = Unimplemented desc = method Nay",
      "metadata: a+b true",
      "wait: context deadline exceeded",
      "count: (1) (2) (3)",
      "none: ",
      "bad: rpc error: code = InvalidArgument desc = not a number",
      "join: (a,,b)",
      "chat: (A) () (B)",
      "shutdown: shutdown",
    ]);
  },
);

test("a Go server is called: unary and all kinds of streams", { skip }, async () => {
  await using go = await goServer();
  const client = createClient(Echo, go.connection);
  assert.equal((await client.say({ value: "hello" })).value, "hello");
  assert.deepEqual(await values(client.count({ value: "3" })), ["1", "2", "3"]);
  assert.deepEqual(await values(client.count({ value: "0" })), []);
  assert.equal((await client.join([{ value: "a" }, { value: "" }, { value: "b" }])).value, "a,,b");
  assert.deepEqual(await values(client.chat([{ value: "a" }, { value: "" }, { value: "b" }])), [
    "A",
    "",
    "B",
  ]);
  assert.deepEqual(await values(client.chat([])), []);
});

test("a Go server's errors, metadata and deadlines are understood", { skip }, async () => {
  await using go = await goServer();
  const client = createClient(Echo, go.connection);
  const metadata = { key: ["a", "b"] };
  assert.equal((await client.say({ value: "metadata" }, { metadata, timeoutMs: 10_000 })).value, "a+b true");
  await assert.rejects(client.say({ value: "fail" }), { code: 5, message: "container c1: not found" });
  await assert.rejects(client.say({ value: "wait" }, { timeoutMs: 50 }), { code: 4 });
  await assert.rejects(values(client.count({ value: "x" })), { code: 3, message: "not a number" });
  await assert.rejects(go.connection.call("a.B", "C", new Uint8Array()), {
    code: 12,
    message: "service a.B",
  });
  await assert.rejects(go.connection.call(Echo.typeName, "Say", Uint8Array.of(0x0a)), { code: 13 });
});

test(
  "a Go server serves many calls at a time, goes on after one is given up, and its end is `ttrpc: closed`",
  { skip },
  async () => {
    const go = await goServer();
    const client = createClient(Echo, go.connection);
    const numbers = Array.from({ length: 500 }, (_, i) => String(i));
    const answers = await Promise.all(numbers.map((value) => client.say({ value })));
    assert.deepEqual(
      answers.map(({ value }) => value),
      numbers,
    );
    await assert.rejects(client.say({ value: "wait" }, { signal: AbortSignal.timeout(20) }), {
      name: "TimeoutError",
    });
    assert.equal((await client.say({ value: "next" })).value, "next");
    for await (const { value } of client.count({ value: "100000" })) if (value === "5") break;
    assert.equal((await client.say({ value: "after" })).value, "after");
    const waiting = assert.rejects(client.say({ value: "wait" }), isClosed);
    await go[Symbol.asyncDispose]();
    await waiting;
  },
);
