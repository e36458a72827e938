import assert from "node:assert/strict";
import { test } from "node:test";
import {
  isDataLoss,
  isInvalidArgument,
  isNotFound,
  isNotImplemented,
  isPermissionDenied,
  isResourceExhausted,
  isUnavailable,
  kindOf,
  wireMessage,
} from "@davit/errdefs";
import { MAX_MANIFEST_BYTES } from "@davit/remotes";
import { FakeRegistry } from "./fake-registry.test.helper.ts";
import { plainRegistry, TestClock } from "./helpers.test.helper.ts";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

test("resolve() of a tag is one HEAD, with containerd's Accept", async () => {
  await using server = await FakeRegistry.start();
  await using registry = plainRegistry({ userAgent: "davit/1" });
  const descriptor = server.manifest({ schemaVersion: 2 }, `${MANIFEST}; charset=utf-8`, "latest");
  const name = `${server.host}/app:latest`;
  assert.deepEqual(await registry.resolve(name), {
    name,
    descriptor: { ...descriptor, mediaType: MANIFEST },
  });
  assert.deepEqual(server.asked, ["HEAD /v2/app/manifests/latest"]);
  const headers = server.requests[0]?.headers ?? {};
  assert.equal(
    headers["accept"],
    "application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json, " +
      "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, */*",
  );
  assert.equal(headers["user-agent"], "davit/1");
  assert.equal(headers["accept-encoding"], undefined);
});

test("resolve() of a digest asks for the manifest, and where that is absent for the blob", async () => {
  await using server = await FakeRegistry.start();
  await using registry = plainRegistry();
  const manifest = server.manifest({}, MANIFEST);
  assert.deepEqual((await registry.resolve(`${server.host}/app@${manifest.digest}`)).descriptor, manifest);
  assert.deepEqual(
    (await registry.resolve(`${server.host}/app:tag@${manifest.digest}`)).descriptor,
    manifest,
  );
  const blob = server.blob("layer", "application/octet-stream");
  server.requests.length = 0;
  assert.deepEqual((await registry.resolve(`${server.host}/app@${blob.digest}`)).descriptor, blob);
  assert.deepEqual(server.asked, [
    `HEAD /v2/app/manifests/${blob.digest}`,
    `HEAD /v2/app/blobs/${blob.digest}`,
  ]);
});

test("a reference without object, or that is none, is refused before anything is asked", async () => {
  await using registry = plainRegistry();
  for (const [name, text] of [
    ["alpine", "object required"],
    ["registry.example/app", "object required"],
    ["https://registry.example/app:1", "invalid reference"],
    ["/app:1", "hostname required"],
    ["registry.example/app@sha256:12", "invalid checksum digest length"],
  ] as const)
    await assert.rejects(
      registry.resolve(name),
      (err) => isInvalidArgument(err) && wireMessage(err) === text,
    );
});

test("an absent tag is NotFound and named", async () => {
  await using server = await FakeRegistry.start();
  await using registry = plainRegistry();
  const name = `${server.host}/app:nope`;
  await assert.rejects(
    registry.resolve(name),
    (err) => isNotFound(err) && wireMessage(err) === `${name}: not found`,
  );
});

for (const missing of ["docker-content-digest", "content-length", "content-type"])
  test(`without ${missing} the manifest is fetched and hashed`, async () => {
    await using server = await FakeRegistry.start((_request, response) => {
      const writeHead = response.writeHead.bind(response);
      response.writeHead = ((status: number, headers: Record<string, string>) => {
        const { [missing]: _dropped, ...rest } = headers;
        if (missing === "content-length") rest["transfer-encoding"] = "chunked";
        return writeHead(status, rest);
      }) as typeof writeHead;
    });
    await using registry = plainRegistry();
    const descriptor = server.manifest({ mediaType: MANIFEST }, MANIFEST, "1");
    assert.deepEqual((await registry.resolve(`${server.host}/app:1`)).descriptor, descriptor);
    assert.deepEqual(server.asked, ["HEAD /v2/app/manifests/1", "GET /v2/app/manifests/1"]);
  });

test("a digest header that is not that of the content is an error", async () => {
  await using server = await FakeRegistry.start(({ method, url }, response) => {
    if (url.includes("bad")) response.setHeader("docker-content-digest", "sha256:12");
    if (method === "HEAD" && !url.includes("bad")) response.writeHead(405).end();
    else if (method === "GET")
      response
        .writeHead(200, { "content-type": MANIFEST, "docker-content-digest": `sha256:${"0".repeat(64)}` })
        .end("{}");
    else response.writeHead(200, { "content-type": MANIFEST, "content-length": 2 }).end();
  });
  await using registry = plainRegistry();
  await assert.rejects(
    registry.resolve(`${server.host}/app:1`),
    (err) => isDataLoss(err) && /has digest sha256:44136fa.*, not sha256:0000/.test(wireMessage(err)),
  );
  await assert.rejects(
    registry.resolve(`${server.host}/app:bad`),
    (err) => isInvalidArgument(err) && /"sha256:12" in header not a valid digest/.test(wireMessage(err)),
  );
});

test("405 to HEAD is tried as GET", async () => {
  await using server = await FakeRegistry.start(({ method }, response) => {
    if (method === "HEAD") response.writeHead(405).end();
  });
  await using registry = plainRegistry();
  const descriptor = server.manifest({}, MANIFEST, "1");
  assert.deepEqual((await registry.resolve(`${server.host}/app:1`)).descriptor, descriptor);
});

for (const type of ["application/vnd.docker.distribution.manifest.v1+prettyjws", "text/plain"])
  test(`schema 1 as ${type} is NotImplemented, and says what to do`, async () => {
    await using server = await FakeRegistry.start();
    await using registry = plainRegistry();
    server.manifest({ schemaVersion: 1 }, type, "1");
    await assert.rejects(
      registry.resolve(`${server.host}/app:1`),
      (err) =>
        isNotImplemented(err) &&
        wireMessage(err).startsWith(
          'media type "application/vnd.docker.distribution.manifest.v1+prettyjws" is no longer supported since containerd v2.0, please rebuild the image as ',
        ),
    );
  });

test("a manifest of more than 4 MiB is rejected, by its header and by its body", async () => {
  await using server = await FakeRegistry.start(({ method, url }, response) => {
    if (!url.includes("chunked")) return;
    if (method === "HEAD") response.writeHead(200, { "content-type": MANIFEST }).end();
  });
  await using registry = plainRegistry();
  const size = MAX_MANIFEST_BYTES + 1;
  assert.equal(MAX_MANIFEST_BYTES, 4_393_216);
  for (const tag of ["1", "chunked"]) {
    server.serve(`/v2/app/manifests/${tag}`, MANIFEST, Buffer.alloc(size));
    const name = `${server.host}/app:${tag}`;
    await assert.rejects(
      registry.resolve(name),
      (err) =>
        isNotFound(err) && wireMessage(err) === `rejecting ${size} byte manifest for ${name}: not found`,
    );
  }
  assert.equal((await registry.resolve(`${server.host}/app:ok`).catch(kindOf)) as unknown, "NotFound");
});

test("403 tells the registry's reasons, which only GET brings", async () => {
  await using server = await FakeRegistry.start(({ method }, response) => {
    response.writeHead(403, { "content-type": "application/json" });
    response.end(
      method === "GET"
        ? '{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}'
        : undefined,
    );
  });
  await using registry = plainRegistry();
  await assert.rejects(
    registry.resolve(`${server.host}/app:1`),
    (err) =>
      isPermissionDenied(err) &&
      wireMessage(err) ===
        `unexpected status from GET request to http://${server.host}/v2/app/manifests/1: 403 Forbidden: denied: requested access to the resource is denied`,
  );
});

interface Retry {
  readonly title: string;
  readonly statuses: readonly number[];
  readonly slept: readonly number[];
  readonly kind?: string;
}

// Each server answers the statuses in turn, and then well.
const retries: readonly Retry[] = [
  { title: "429 is tried five times in all", statuses: [429, 429, 429, 429], slept: [250, 500, 1000, 2000] },
  {
    title: "the fifth 429 is the last",
    statuses: [429, 429, 429, 429, 429],
    slept: [250, 500, 1000, 2000],
    kind: "ResourceExhausted",
  },
  { title: "408 is tried again", statuses: [408], slept: [250] },
  { title: "503 is tried again", statuses: [503], slept: [250] },
  { title: "503 twice in a row is the end", statuses: [503, 503], slept: [250], kind: "Unavailable" },
  { title: "500 after 503 is tried again", statuses: [503, 500, 504], slept: [250, 500, 1000] },
  { title: "500 twice in a row is the end", statuses: [500, 500], slept: [250], kind: "Unavailable" },
  { title: "502 is not tried again", statuses: [502], slept: [], kind: "Unavailable" },
  { title: "400 is not tried again", statuses: [400], slept: [], kind: "Unknown" },
];

for (const { title, statuses, slept, kind } of retries)
  test(title, async () => {
    const left = [...statuses];
    await using server = await FakeRegistry.start((_request, response) => {
      const status = left.shift();
      if (status !== undefined) response.writeHead(status).end();
    });
    const clock = new TestClock();
    await using registry = plainRegistry({ clock });
    server.manifest({}, MANIFEST, "1");
    const resolved = registry.resolve(`${server.host}/app:1`);
    if (kind === undefined) await resolved;
    else await assert.rejects(resolved, (err) => kindOf(err) === kind);
    assert.deepEqual(clock.slept, slept);
    assert.deepEqual(left, []);
  });

test("Retry-After is honoured, in seconds and as a date", async () => {
  const clock = new TestClock();
  const waits = ["3", new Date(clock.time + 10_000).toUTCString(), "nonsense"];
  await using server = await FakeRegistry.start((_request, response) => {
    const wait = waits.shift();
    if (wait !== undefined) response.writeHead(429, { "retry-after": wait }).end();
  });
  await using registry = plainRegistry({ clock });
  server.manifest({}, MANIFEST, "1");
  await registry.resolve(`${server.host}/app:1`);
  assert.deepEqual(clock.slept, [3000, 7000, 1000]);
});

test("a Retry-After of hours is not waited for, but told", async () => {
  await using server = await FakeRegistry.start((_request, response) => {
    response
      .writeHead(429, { "retry-after": "21600" })
      .end('{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}');
  });
  const clock = new TestClock();
  await using registry = plainRegistry({ clock });
  await assert.rejects(
    registry.resolve(`${server.host}/app:1`),
    (err) =>
      isResourceExhausted(err) && wireMessage(err).endsWith("429 Too Many Requests (retry after 21600)"),
  );
  assert.deepEqual(clock.slept, []);
  assert.equal(server.requests.length, 1);
});

test("a connection that is closed without an answer is tried again", async () => {
  let left = 2;
  await using server = await FakeRegistry.start((request) => {
    if (left-- > 0) request.socket.destroy();
  });
  const clock = new TestClock();
  await using registry = plainRegistry({ clock });
  server.manifest({}, MANIFEST, "1");
  await registry.resolve(`${server.host}/app:1`);
  assert.deepEqual(clock.slept, [50, 50]);
});

test("a registry that is not there is Unavailable, and named", async () => {
  const server = await FakeRegistry.start();
  const { host } = server;
  await server[Symbol.asyncDispose]();
  await using registry = plainRegistry();
  await assert.rejects(
    registry.resolve(`${host}/app:1`),
    (err) =>
      isUnavailable(err) &&
      wireMessage(err) ===
        `failed to do request: Head "http://${host}/v2/app/manifests/1": connect ECONNREFUSED ${host}: unavailable`,
  );
});

test("a registry that does not answer is given up", async () => {
  await using server = await FakeRegistry.start(() => new Promise(() => {}));
  const clock = new TestClock();
  await using registry = plainRegistry({ clock, stallTimeoutMs: 30 });
  await assert.rejects(
    registry.resolve(`${server.host}/app:1`),
    (err) => isUnavailable(err) && /Headers Timeout Error: unavailable$/.test(wireMessage(err)),
  );
  assert.equal(clock.slept.length, 4);
});

test("an aborted resolve() ends at once with the signal's reason", async () => {
  const asked = Promise.withResolvers<void>();
  await using server = await FakeRegistry.start(() => {
    asked.resolve();
    return new Promise(() => {});
  });
  await using registry = plainRegistry();
  const abort = new AbortController();
  const resolved = registry.resolve(`${server.host}/app:1`, { signal: abort.signal });
  await asked.promise;
  const reason = new Error("enough");
  abort.abort(reason);
  await assert.rejects(resolved, (err) => err === reason);
});

test("a redirect is followed; a loop and a chain without end are not", async () => {
  await using server = await FakeRegistry.start(({ url }, response) => {
    const hop = Number(/hop=(\d+)/.exec(url)?.[1] ?? 0);
    if (url.includes("/moved")) response.writeHead(307, { location: "/v2/app/manifests/1" }).end();
    else if (url.includes("/loop")) response.writeHead(302, { location: url }).end();
    else if (url.includes("/chain")) response.writeHead(302, { location: `?hop=${hop + 1}` }).end();
    else if (url.includes("/mail")) response.writeHead(302, { location: "mailto:a@b" }).end();
    else if (url.includes("/nowhere")) response.writeHead(302).end();
  });
  await using registry = plainRegistry();
  const descriptor = server.manifest({}, MANIFEST, "1");
  assert.deepEqual((await registry.resolve(`${server.host}/app:moved`)).descriptor, descriptor);
  const fails = async (tag: string, text: RegExp): Promise<void> =>
    assert.rejects(registry.resolve(`${server.host}/app:${tag}`), (err) => text.test(wireMessage(err)));
  await fails("loop", /redirect loop at http:.*\/loop: unavailable$/);
  server.requests.length = 0;
  await fails("chain", /stopped after 10 redirects: unavailable$/);
  assert.equal(server.requests.length, 11);
  await fails("mail", /redirected to mailto:a@b, which is no http address: unavailable$/);
  await fails("nowhere", /302 Found$/);
});

test("repositories and tags are escaped in paths", async () => {
  await using server = await FakeRegistry.start();
  await using registry = plainRegistry();
  await assert.rejects(registry.resolve(`${server.host}/a b/ü:t%3Fx`), isNotFound);
  assert.match(server.asked[0] ?? "", /^HEAD \/v2\/a%20b\/%C3%BC\/manifests\/t(%3F|%253F)x$/);
});
