import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { channel } from "node:diagnostics_channel";
import { closeSync, fstatSync, mkdirSync, openSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { digestOf } from "@davit/digest";
import {
  isFailedPrecondition,
  isInternal,
  isInvalidArgument,
  isNotFound,
  isResourceExhausted,
  isUnavailable,
  wireMessage,
} from "@davit/errdefs";
import type { Descriptor } from "@davit/oci";
import { FetchPool, registryHosts } from "@davit/remotes";
import { FakeRegistry } from "./fake-registry.test.helper.ts";
import { plainRegistry, Scratch, SinkFile, TestClock } from "./helpers.test.helper.ts";

const content = randomBytes(300_000);
const whole = { sizeBytes: BigInt(content.length), digest: digestOf(content) };

/** Sends the first `bytes` of the content and cuts the connection. */
function breakOff(response: ServerResponse, bytes: number): void {
  response.writeHead(200, { "content-length": content.length });
  response.write(content.subarray(0, bytes), () => setTimeout(() => response.destroy(), 20));
}

test("fetchBlob() writes and verifies a blob, and publishes how far it has come", async () => {
  await using server = await FakeRegistry.start();
  await using registry = plainRegistry({ userAgent: "davit/1" });
  using file = new SinkFile();
  const blob = server.blob(content);
  const seen: bigint[] = [];
  const fetched = await registry.fetchBlob(`${server.host}/app:1`, blob, file.sink, {
    onProgress: (bytes) => seen.push(bytes),
  });
  assert.deepEqual(fetched, whole);
  assert.ok(file.content.equals(content));
  assert.equal(file.progress, whole.sizeBytes);
  assert.equal(seen.at(-1), whole.sizeBytes);
  assert.deepEqual(server.asked, [`GET /v2/app/blobs/${blob.digest}`]);
  const headers = server.requests[0]?.headers ?? {};
  assert.equal(headers.accept, `${blob.mediaType}, */*`);
  assert.equal(headers["accept-encoding"], "zstd;q=1.0, gzip;q=0.8, deflate;q=0.5");
  assert.equal(headers["user-agent"], "davit/1");
  assert.equal(headers.range, undefined);
});

test("small blobs share a thread, large ones get another, up to the limit", async () => {
  await using pool = new FetchPool();
  using file = new SinkFile();
  const opened = (...sizes: readonly number[]) => {
    using stack = new DisposableStack();
    const { fd, progress } = file.sink;
    for (const size of sizes)
      stack.use(pool.open({ fd, progress, offset: 0, digest: digestOf(content), size }));
    return pool.size;
  };
  assert.equal(opened(1000, 2000, 3000), 1);
  assert.equal(opened(50 << 20), 1, "an idle thread takes a large blob");
  assert.equal(opened(1000, 50 << 20, 50 << 20), 2);
  assert.equal(opened(50 << 20, 50 << 20, 50 << 20), 2);
});

test("no byte of a blob passes the main thread", async () => {
  await using server = await FakeRegistry.start();
  await using registry = plainRegistry();
  using file = new SinkFile();
  const blob = server.blob(content);
  const requests: unknown[] = [];
  const record = (message: unknown): void => void requests.push(message);
  channel("undici:request:create").subscribe(record);
  try {
    await registry.fetchBlob(`${server.host}/app:1`, blob, file.sink);
    assert.deepEqual(requests, []);
    await registry.fetch(`${server.host}/app:1`, blob);
    assert.equal(requests.length, 1); // It would have been seen.
  } finally {
    channel("undici:request:create").unsubscribe(record);
  }
});

test("a manifest is asked for as one, then as a blob", async () => {
  await using server = await FakeRegistry.start();
  await using registry = plainRegistry();
  using file = new SinkFile();
  const type = "application/vnd.oci.image.manifest.v1+json";
  const blob = server.blob("{}", type);
  await registry.fetchBlob(`${server.host}/app:1`, blob, file.sink);
  assert.deepEqual(server.asked, [
    `GET /v2/app/manifests/${blob.digest}`,
    `GET /v2/app/blobs/${blob.digest}`,
  ]);
});

test("what is in the file is hashed and kept; the rest is asked for", async () => {
  await using server = await FakeRegistry.start();
  await using registry = plainRegistry();
  using file = new SinkFile(content.subarray(0, 100_000));
  const blob = server.blob(content);
  assert.deepEqual(await registry.fetchBlob(`${server.host}/app:1`, blob, file.sink), whole);
  assert.ok(file.content.equals(content));
  assert.equal(server.requests[0]?.headers.range, "bytes=100000-");
  assert.equal(server.requests[0]?.headers["accept-encoding"], "identity");
});

test("a file that is complete is not fetched again", async () => {
  await using server = await FakeRegistry.start();
  await using registry = plainRegistry();
  using file = new SinkFile(content);
  assert.deepEqual(await registry.fetchBlob(`${server.host}/app:1`, server.blob(content), file.sink), whole);
  assert.deepEqual(server.asked, []);
  assert.equal(file.progress, whole.sizeBytes);
});

for (const [title, initial, offset] of [
  ["complete and wrong", Buffer.alloc(content.length), content.length],
  ["too long", Buffer.alloc(content.length + 1), content.length + 1],
  ["shorter than its offset", content.subarray(0, 10), 20],
] as const)
  test(`a file that is ${title} is fetched from the start`, async () => {
    await using server = await FakeRegistry.start();
    await using registry = plainRegistry();
    using file = new SinkFile(initial, offset);
    assert.deepEqual(
      await registry.fetchBlob(`${server.host}/app:1`, server.blob(content), file.sink),
      whole,
    );
    assert.ok(file.content.equals(content));
    assert.equal(server.requests[0]?.headers.range, undefined);
  });

test("a server that ignores the range is read from the start, and what is there is skipped", async () => {
  await using server = await FakeRegistry.start((_request, response) =>
    response.writeHead(200, { "content-length": content.length }).end(content),
  );
  await using registry = plainRegistry();
  using file = new SinkFile(content.subarray(0, 100_000));
  assert.deepEqual(await registry.fetchBlob(`${server.host}/app:1`, server.blob(content), file.sink), whole);
  assert.ok(file.content.equals(content));
});

for (const [title, status, headers] of [
  ["416", 416, {}],
  ["a range of its own choice", 206, { "content-range": `bytes 5-9/${content.length}` }],
  ["an encoded part", 206, { "content-range": `bytes 100000-299999/300000`, "content-encoding": "gzip" }],
] as const)
  test(`a server that answers a range with ${title} is asked for all`, async () => {
    await using server = await FakeRegistry.start((request, response) => {
      if (request.headers.range !== undefined) response.writeHead(status, headers).end("12345");
    });
    await using registry = plainRegistry();
    using file = new SinkFile(content.subarray(0, 100_000));
    assert.deepEqual(
      await registry.fetchBlob(`${server.host}/app:1`, server.blob(content), file.sink),
      whole,
    );
    assert.ok(file.content.equals(content));
    assert.equal(server.requests.length, 2);
  });

test("a connection that breaks is taken up at the last byte, as long as some come each time", async () => {
  // Ten breaks: more than a request has tries.
  await using server = await FakeRegistry.start((request, response) => {
    const from = Number(/\d+/.exec(request.headers.range ?? "")?.[0] ?? 0);
    if (from >= 200_000) return;
    response.writeHead(from === 0 ? 200 : 206, {
      "content-length": content.length - from,
      ...(from > 0 && { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` }),
    });
    response.write(content.subarray(from, from + 20_000), () => setTimeout(() => response.destroy(), 20));
  });
  const clock = new TestClock();
  await using registry = plainRegistry({ clock });
  using file = new SinkFile();
  assert.deepEqual(await registry.fetchBlob(`${server.host}/app:1`, server.blob(content), file.sink), whole);
  assert.ok(file.content.equals(content));
  assert.deepEqual(
    server.requests.map(({ headers }) => headers.range),
    [undefined, ...Array.from({ length: 10 }, (_, index) => `bytes=${(index + 1) * 20_000}-`)],
  );
  assert.deepEqual(
    clock.slept,
    Array.from({ length: 10 }, () => 50),
  );
});

test("a connection that breaks without a byte is given up, and what is there stays", async () => {
  await using server = await FakeRegistry.start((request, response) => {
    if (request.headers.range === undefined) breakOff(response, 1000);
    else request.socket.destroy();
  });
  await using registry = plainRegistry();
  using file = new SinkFile();
  await assert.rejects(
    registry.fetchBlob(`${server.host}/app:1`, server.blob(content), file.sink),
    (err) => isUnavailable(err) && /^failed to do request: Get /.test(wireMessage(err)),
  );
  assert.ok(file.content.equals(content.subarray(0, 1000)));
  assert.equal(file.progress, -1n);
});

test("a body that ends early without an error is a short read", async () => {
  await using server = await FakeRegistry.start((request, response) => {
    if (request.headers.range === undefined) response.writeHead(200).end(content.subarray(0, 1000));
    else response.writeHead(206, { "content-range": "bytes 1000-299999/300000" }).end();
  });
  await using registry = plainRegistry();
  using file = new SinkFile();
  await assert.rejects(
    registry.fetchBlob(`${server.host}/app:1`, server.blob(content), file.sink),
    (err) =>
      isUnavailable(err) &&
      wireMessage(err).endsWith(
        "short read: expected 300000 bytes but got 1000: unexpected EOF: unavailable",
      ),
  );
});

test("a stalled body is given up after the stall timeout, and taken up again", async () => {
  await using server = await FakeRegistry.start((request, response) => {
    if (request.headers.range !== undefined) return;
    response.writeHead(200, { "content-length": content.length });
    response.write(content.subarray(0, 1000));
  });
  await using registry = plainRegistry({ stallTimeoutMs: 100 });
  using file = new SinkFile();
  assert.deepEqual(await registry.fetchBlob(`${server.host}/app:1`, server.blob(content), file.sink), whole);
  assert.equal(server.requests[1]?.headers.range, "bytes=1000-");
});

test("content with another digest is refused, named, and dropped", async () => {
  const other = randomBytes(content.length);
  await using server = await FakeRegistry.start((_request, response) => response.writeHead(200).end(other));
  await using registry = plainRegistry();
  using file = new SinkFile();
  const blob = server.blob(content);
  await assert.rejects(
    registry.fetchBlob(`${server.host}/app:1`, blob, file.sink),
    (err) =>
      isFailedPrecondition(err) &&
      wireMessage(err) ===
        `failed commit on ref "layer-${blob.digest}": unexpected commit digest ${digestOf(other)}, expected ${blob.digest}: failed precondition`,
  );
  assert.equal(file.content.length, 0);
  assert.equal(file.progress, -1n);
  assert.equal(server.requests.length, 1);
});

test("content that is announced in another size is not read", async () => {
  await using server = await FakeRegistry.start((_request, response) =>
    response.writeHead(200, { "content-length": 5 }).end("12345"),
  );
  await using registry = plainRegistry();
  using file = new SinkFile(content.subarray(0, 10));
  await assert.rejects(
    registry.fetchBlob(`${server.host}/app:1`, server.blob(content), file.sink),
    (err) =>
      isFailedPrecondition(err) &&
      /unexpected content size 5, expected 300000: failed precondition$/.test(wireMessage(err)),
  );
  assert.equal(file.content.length, 10);
});

test("content that goes on after its size is refused and dropped", async () => {
  await using server = await FakeRegistry.start((_request, response) => {
    response.writeHead(200);
    response.write(content);
    response.end("x");
  });
  await using registry = plainRegistry();
  using file = new SinkFile();
  await assert.rejects(
    registry.fetchBlob(`${server.host}/app:1`, server.blob(content), file.sink),
    (err) => isFailedPrecondition(err) && /more than the expected 300000 bytes/.test(wireMessage(err)),
  );
  assert.equal(file.content.length, 0);
});

test("a wrong Content-Length that cuts the body short is never accepted", async () => {
  await using server = await FakeRegistry.start((request, response) => {
    if (request.headers.range !== undefined) return void response.writeHead(404).end();
    request.socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${content.length}\r\n\r\nhalf`);
    response.destroy();
    return undefined;
  });
  await using registry = plainRegistry();
  using file = new SinkFile();
  await assert.rejects(
    registry.fetchBlob(`${server.host}/app:1`, server.blob(content), file.sink),
    isNotFound,
  );
  assert.equal(file.content.toString(), "half");
});

for (const [encoding, encode] of [
  ["gzip", gzipSync],
  ["deflate", deflateSync],
  ["zstd", zstdCompressSync],
  ["gzip, zstd", (bytes: Buffer) => zstdCompressSync(gzipSync(bytes))],
] as const)
  test(`Content-Encoding ${encoding} is undone`, async () => {
    await using server = await FakeRegistry.start((_request, response) => {
      const bytes = encode(content);
      response.writeHead(200, { "content-encoding": encoding, "content-length": bytes.length }).end(bytes);
    });
    await using registry = plainRegistry();
    using file = new SinkFile();
    const blob = server.blob(content);
    assert.deepEqual(await registry.fetchBlob(`${server.host}/app:1`, blob, file.sink), whole);
    assert.ok(file.content.equals(content));
    assert.ok(content.equals(await registry.fetch(`${server.host}/app:1`, blob)));
  });

test("an encoded body that breaks off is taken up as it is stored", async () => {
  await using server = await FakeRegistry.start((request, response) => {
    if (request.headers.range !== undefined) return;
    const bytes = gzipSync(content, { level: 0 });
    response.writeHead(200, { "content-encoding": "gzip", "content-length": bytes.length });
    response.write(bytes.subarray(0, 200_000), () => setTimeout(() => response.destroy(), 50));
  });
  await using registry = plainRegistry();
  using file = new SinkFile();
  assert.deepEqual(await registry.fetchBlob(`${server.host}/app:1`, server.blob(content), file.sink), whole);
  assert.match(server.requests[1]?.headers.range ?? "", /^bytes=[1-9]\d*-$/);
});

test("a bomb is cut off at the blob's size", async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  await using server = await FakeRegistry.start((_request, response) =>
    response.writeHead(200, { "content-encoding": "gzip" }).end(bomb),
  );
  await using registry = plainRegistry();
  using file = new SinkFile();
  await assert.rejects(
    registry.fetchBlob(`${server.host}/app:1`, server.blob("small"), file.sink),
    (err) => isFailedPrecondition(err) && /more than the expected 5 bytes/.test(wireMessage(err)),
  );
});

test("an unknown Content-Encoding is refused", async () => {
  await using server = await FakeRegistry.start((_request, response) =>
    response.writeHead(200, { "content-encoding": "br" }).end("x"),
  );
  await using registry = plainRegistry();
  using file = new SinkFile();
  await assert.rejects(
    registry.fetchBlob(`${server.host}/app:1`, server.blob(content), file.sink),
    (err) => isFailedPrecondition(err) && /unsupported Content-Encoding "br"/.test(wireMessage(err)),
  );
});

test("an absent blob is NotFound with containerd's text", async () => {
  await using server = await FakeRegistry.start();
  await using registry = plainRegistry();
  using file = new SinkFile();
  const { digest } = whole;
  const blob: Descriptor = { mediaType: "a/b", digest, size: 5 };
  await assert.rejects(
    registry.fetchBlob(`${server.host}/app:1`, blob, file.sink),
    (err) =>
      isNotFound(err) &&
      wireMessage(err) === `could not fetch content descriptor ${digest} (a/b) from remote: not found`,
  );
  assert.equal(file.progress, -1n);
});

test("a descriptor of no bytes is refused", async () => {
  await using registry = plainRegistry();
  using file = new SinkFile();
  await assert.rejects(
    registry.fetchBlob(
      "registry.example/app:1",
      { mediaType: "a/b", digest: digestOf(""), size: 0 },
      file.sink,
    ),
    (err) =>
      isInvalidArgument(err) &&
      wireMessage(err) ===
        `unable to fetch descriptor (${digestOf("")}) which reports content size of zero: invalid argument`,
  );
});

test("a blob in its descriptor is not fetched, and verified", async () => {
  await using server = await FakeRegistry.start();
  await using registry = plainRegistry();
  using file = new SinkFile();
  const descriptor = { mediaType: "a/b", digest: digestOf("{}"), size: 2, data: "e30=" };
  assert.deepEqual(await registry.fetchBlob(`${server.host}/app:1`, descriptor, file.sink), {
    sizeBytes: 2n,
    digest: descriptor.digest,
  });
  assert.equal(file.content.toString(), "{}");
  assert.equal(file.progress, 2n);
  await assert.rejects(
    registry.fetchBlob(`${server.host}/app:1`, { ...descriptor, data: "e3s=" }, file.sink),
    isFailedPrecondition,
  );
  // Of another length it is not the blob: the registry is asked.
  await assert.rejects(
    registry.fetchBlob(`${server.host}/app:1`, { ...descriptor, data: "e3" }, file.sink),
    isNotFound,
  );
});

test("the URLs of a descriptor come first; only http ones, and without configured headers", async () => {
  await using elsewhere = await FakeRegistry.start();
  await using server = await FakeRegistry.start();
  await using registry = plainRegistry({ headers: { "x-secret": "s" } });
  using file = new SinkFile();
  const blob = server.blob(content);
  const urls = ["file:///etc/passwd", `${elsewhere.url}/absent`, `${elsewhere.url}/layer`];
  elsewhere.serve("/layer", "a/b", content);
  assert.deepEqual(await registry.fetchBlob(`${server.host}/app:1`, { ...blob, urls }, file.sink), whole);
  assert.deepEqual(elsewhere.asked, ["GET /absent", "GET /layer"]);
  assert.deepEqual(server.asked, []);
  assert.equal(elsewhere.requests[1]?.headers["x-secret"], undefined);
  using other = new SinkFile();
  await registry.fetchBlob(`${server.host}/app:1`, { ...blob, urls: urls.slice(0, 2) }, other.sink);
  assert.equal(server.requests[0]?.headers["x-secret"], "s");
});

test("a full disk is ResourceExhausted", { skip: hasFull() }, async () => {
  await using server = await FakeRegistry.start();
  await using registry = plainRegistry();
  const fd = openSync("/dev/full", "r+");
  try {
    await assert.rejects(
      registry.fetchBlob(`${server.host}/app:1`, server.blob(content), {
        fd,
        offset: 0n,
        progress: new SharedArrayBuffer(8),
      }),
      (err) => isResourceExhausted(err) && /ENOSPC/.test(wireMessage(err)),
    );
  } finally {
    closeSync(fd);
  }
  assert.equal(server.requests.length, 1);
});

function hasFull(): string | false {
  try {
    closeSync(openSync("/dev/full", "r+"));
    return false;
  } catch {
    return "needs /dev/full";
  }
}

test("a descriptor that cannot be written is Internal, and no other host is asked", async () => {
  await using server = await FakeRegistry.start();
  await using registry = plainRegistry();
  using scratch = new Scratch();
  const file = scratch.write("read-only", "");
  const fd = openSync(file, "r");
  try {
    await assert.rejects(
      registry.fetchBlob(`${server.host}/app:1`, server.blob(content), {
        fd,
        offset: 0n,
        progress: new SharedArrayBuffer(8),
      }),
      (err) => isInternal(err) && /EBADF/.test(wireMessage(err)),
    );
  } finally {
    closeSync(fd);
  }
});

test("an aborted fetch keeps what came, and has let go of the file when it rejects", async () => {
  await using server = await FakeRegistry.start((_request, response) => {
    response.writeHead(200, { "content-length": content.length });
    response.write(content.subarray(0, 1000));
    return new Promise(() => {});
  });
  await using registry = plainRegistry();
  using file = new SinkFile();
  const abort = new AbortController();
  const reason = new Error("enough");
  const fetched = registry.fetchBlob(`${server.host}/app:1`, server.blob(content), file.sink, {
    signal: abort.signal,
    onProgress: (bytes) => bytes >= 1000n && abort.abort(reason),
  });
  await assert.rejects(fetched, (err) => err === reason);
  assert.equal(file.content.length, 1000);
  assert.equal(file.progress, -1n);
  await assert.rejects(
    registry.fetchBlob(`${server.host}/app:1`, server.blob(content), file.sink, {
      signal: AbortSignal.abort(reason),
    }),
    (err) => err === reason,
  );
});

test("jobs run side by side on the threads there are", async () => {
  let open = 0;
  const all = Promise.withResolvers<void>();
  await using server = await FakeRegistry.start(async () => {
    if (++open === 8) all.resolve();
    await all.promise; // None is answered before all have asked.
  });
  await using pool = new FetchPool({ threads: 1 });
  await using registry = plainRegistry({ pool });
  const blobs = Array.from({ length: 8 }, (_, index) => server.blob(`blob ${index}`));
  await Promise.all(
    blobs.map(async (blob) => {
      using file = new SinkFile();
      const { digest } = await registry.fetchBlob(`${server.host}/app:1`, blob, file.sink);
      assert.equal(digest, blob.digest);
      assert.equal(digestOf(file.content), blob.digest);
    }),
  );
});

test("a pool that is closed fails its jobs", async () => {
  const asked = Promise.withResolvers<void>();
  await using server = await FakeRegistry.start(() => {
    asked.resolve();
    return new Promise(() => {});
  });
  const pool = new FetchPool({ threads: 1 });
  await using registry = plainRegistry({ pool });
  using file = new SinkFile();
  const fetched = registry.fetchBlob(`${server.host}/app:1`, server.blob(content), file.sink);
  await asked.promise;
  await Promise.all([assert.rejects(fetched, isInternal), pool[Symbol.asyncDispose]()]);
});

test("a pool that is closed has let go of files when its jobs fail", async () => {
  const size = 1 << 30;
  await using server = await FakeRegistry.start((_request, response) => {
    response.writeHead(200, { "content-length": size });
    const chunk = Buffer.alloc(1 << 20);
    const more = (): void => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on("drain", more);
    more();
  });
  const pool = new FetchPool({ threads: 1 });
  await using registry = plainRegistry({ pool });
  using file = new SinkFile();
  const blob = { mediaType: "application/vnd.oci.image.layer.v1.tar", digest: digestOf(content), size };
  const fetched = registry.fetchBlob(`${server.host}/app:1`, blob, file.sink);
  const length = fetched.then(
    () => assert.fail("fetched"),
    () => fstatSync(file.sink.fd).size,
  );
  while (file.progress <= 0n) await sleep(1);
  await pool[Symbol.asyncDispose]();
  const atFailure = await length;
  await sleep(100);
  assert.equal(fstatSync(file.sink.fd).size, atFailure);
});

test("a mirror that breaks in the middle is left, and the registry continues", async () => {
  await using mirror = await FakeRegistry.start((request, response) => {
    if (request.headers.range === undefined) breakOff(response, 50_000);
    else response.writeHead(503).end();
  });
  await using server = await FakeRegistry.start();
  using scratch = new Scratch();
  mkdirSync(`${scratch.path}/${server.host}`);
  scratch.write(`${server.host}/hosts.toml`, `server = "${server.url}"\n[host."${mirror.url}"]\n`);
  await using registry = plainRegistry({ hosts: registryHosts({ hostsDirs: scratch.path, proxy: {} }) });
  using file = new SinkFile();
  const blob = server.blob(content);
  assert.deepEqual(await registry.fetchBlob(`${server.host}/app:1`, blob, file.sink), whole);
  assert.ok(file.content.equals(content));
  const ns = encodeURIComponent(server.host);
  assert.deepEqual(mirror.asked, [
    `GET /v2/app/blobs/${blob.digest}?ns=${ns}`,
    `GET /v2/app/blobs/${blob.digest}?ns=${ns}`,
  ]);
  assert.deepEqual(server.asked, [`GET /v2/app/blobs/${blob.digest}`]);
  assert.equal(server.requests[0]?.headers.range, "bytes=50000-");
});
