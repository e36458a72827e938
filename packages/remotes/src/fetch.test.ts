import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { test } from "node:test";
import { digestOf } from "@davit/digest";
import {
  isDataLoss,
  isInvalidArgument,
  isNotFound,
  isResourceExhausted,
  isUnavailable,
  wireMessage,
} from "@davit/errdefs";
import { registryHosts } from "@davit/remotes";
import { FakeRegistry } from "./fake-registry.test.helper.ts";
import { plainRegistry, Scratch, TestClock } from "./helpers.test.helper.ts";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

test("fetch() asks for a manifest as one, with its type", async () => {
  await using server = await FakeRegistry.start();
  await using registry = plainRegistry();
  const descriptor = server.manifest({ schemaVersion: 2 }, MANIFEST);
  const bytes = await registry.fetch(`${server.host}/app:1`, descriptor);
  assert.deepEqual(JSON.parse(Buffer.from(bytes).toString()), { schemaVersion: 2 });
  assert.deepEqual(server.asked, [`GET /v2/app/manifests/${descriptor.digest}`]);
  assert.equal(server.requests[0]?.headers.accept, `${MANIFEST}, */*`);
  assert.equal(server.requests[0]?.headers["accept-encoding"], "zstd;q=1.0, gzip;q=0.8, deflate;q=0.5");
});

test("sha512 digests are verified as such", async () => {
  await using server = await FakeRegistry.start();
  await using registry = plainRegistry();
  const digest = digestOf("{}", "sha512");
  server.serve(`/v2/app/blobs/${digest}`, "a/b", "{}");
  const bytes = await registry.fetch(`${server.host}/app:1`, { mediaType: "a/b", digest, size: 2 });
  assert.equal(Buffer.from(bytes).toString(), "{}");
});

const lies: readonly [string, string, RegExp][] = [
  ["another digest", "other", /^unexpected digest sha256:d9298a.*, expected sha256:/],
  ["too little", "1", /^short read: expected 5 bytes but got 1: unexpected EOF: data loss$/],
  ["too much", "hello world", /more than the expected 5 bytes: data loss$/],
];

for (const [title, body, text] of lies)
  test(`fetch() refuses content with ${title}`, async () => {
    await using server = await FakeRegistry.start((_request, response) => response.writeHead(200).end(body));
    await using registry = plainRegistry();
    await assert.rejects(
      registry.fetch(`${server.host}/app:1`, server.blob("hello")),
      (err) => isDataLoss(err) && text.test(wireMessage(err)),
    );
  });

test("a mirror that lies is passed over", async () => {
  await using mirror = await FakeRegistry.start((_request, response) => response.writeHead(200).end("other"));
  await using server = await FakeRegistry.start();
  using scratch = new Scratch();
  mkdirSync(`${scratch.path}/_default`);
  scratch.write("_default/hosts.toml", `server = "${server.url}"\n[host."${mirror.url}"]\n`);
  await using registry = plainRegistry({ hosts: registryHosts({ hostsDirs: scratch.path, proxy: {} }) });
  const bytes = await registry.fetch("reg.example/app:1", server.blob("hello"));
  assert.equal(Buffer.from(bytes).toString(), "hello");
});

test("a body that breaks off is asked for again, five times in all", async () => {
  let breaks = 4;
  await using server = await FakeRegistry.start((_request, response) => {
    if (breaks-- <= 0) return;
    response.writeHead(200, { "content-length": 5 });
    response.write("he", () => setTimeout(() => response.destroy(), 10));
  });
  const clock = new TestClock();
  await using registry = plainRegistry({ clock });
  const blob = server.blob("hello");
  assert.equal(Buffer.from(await registry.fetch(`${server.host}/app:1`, blob)).toString(), "hello");
  assert.deepEqual(clock.slept, [50, 50, 50, 50]);
  breaks = 5;
  await assert.rejects(registry.fetch(`${server.host}/app:1`, blob), isUnavailable);
});

test("what is too long is refused before it is fetched", async () => {
  await using registry = plainRegistry();
  const digest = digestOf("");
  const fetch = (mediaType: string, size: number, maxBytes?: number): Promise<unknown> =>
    registry.fetch("reg.example/app:1", { mediaType, digest, size }, { maxBytes });
  await assert.rejects(fetch("a/b", 8 * 1024 * 1024 + 1), isResourceExhausted);
  await assert.rejects(fetch("a/b", 11, 10), isResourceExhausted);
  await assert.rejects(fetch(MANIFEST, 4_393_217), isResourceExhausted);
  await assert.rejects(fetch("a/b", 0), isInvalidArgument);
});

test("a blob in its descriptor is not fetched, and verified", async () => {
  await using registry = plainRegistry();
  const descriptor = { mediaType: "a/b", digest: digestOf("{}"), size: 2, data: "e30=" };
  assert.equal(Buffer.from(await registry.fetch("reg.example/app:1", descriptor)).toString(), "{}");
  await assert.rejects(registry.fetch("reg.example/app:1", { ...descriptor, data: "e3s=" }), isDataLoss);
});

test("the URLs of a descriptor are tried first", async () => {
  await using elsewhere = await FakeRegistry.start();
  await using server = await FakeRegistry.start();
  await using registry = plainRegistry();
  const blob = { ...server.blob("hello"), urls: [`${elsewhere.url}/absent`] };
  await registry.fetch(`${server.host}/app:1`, blob);
  assert.deepEqual(elsewhere.asked, ["GET /absent"]);
  assert.equal(server.requests.length, 1);
});

test("an absent blob is NotFound; an aborted fetch ends with the signal's reason", async () => {
  await using server = await FakeRegistry.start();
  await using registry = plainRegistry();
  const blob = { mediaType: "a/b", digest: digestOf("x"), size: 1 };
  await assert.rejects(registry.fetch(`${server.host}/app:1`, blob), isNotFound);
  const reason = new Error("enough");
  await assert.rejects(
    registry.fetch(`${server.host}/app:1`, blob, { signal: AbortSignal.abort(reason) }),
    (err) => err === reason,
  );
});

test("an idle thread ends, and holds no process open", async () => {
  const program = `
    import { openSync } from "node:fs";
    import { createServer } from "node:http";
    import { FetchPool, Registry, registryHosts } from "@davit/remotes";
    const server = createServer((request, response) => response.end("hello")).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const pool = new FetchPool({ idleMs: Number(process.argv[1]) });
    const registry = new Registry({ pool, hosts: registryHosts({ defaultScheme: "http", proxy: {} }) });
    const digest = "${digestOf("hello")}";
    const fd = openSync(process.argv[2], "w+");
    const sink = { fd, offset: 0n, progress: new SharedArrayBuffer(8) };
    await registry.fetchBlob("127.0.0.1:" + server.address().port + "/app:1", { mediaType: "a/b", digest, size: 5 }, sink);
    server.closeAllConnections();
    server.close();
    if (process.argv[1] === "10") await new Promise((resolve) => setTimeout(resolve, 500));
    console.log(pool.size);
  `;
  using scratch = new Scratch();
  for (const [idleMs, left] of [
    ["10", "0\n"],
    ["60000", "1\n"],
  ] as const) {
    const ran = spawnSync(
      process.execPath,
      ["--input-type=module", "-e", program, idleMs, `${scratch.path}/blob`],
      {
        encoding: "utf8",
        timeout: 20_000,
      },
    );
    assert.equal(ran.status, 0, ran.stderr);
    assert.equal(ran.stdout, left);
  }
});
