import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { test } from "node:test";
import { isNotFound, isPermissionDenied, isUnavailable } from "@davit/errdefs";
import { Registry, registryHosts } from "@davit/remotes";
import { FakeRegistry } from "./fake-registry.test.helper.ts";
import { Scratch, TestClock } from "./helpers.test.helper.ts";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

/** A client whose configuration for every host is `toml`. */
function registryWith(scratch: Scratch, toml: string): Registry {
  mkdirSync(`${scratch.path}/_default`);
  scratch.write("_default/hosts.toml", toml);
  return new Registry({
    hosts: registryHosts({ hostsDirs: scratch.path, proxy: {} }),
    clock: new TestClock(),
  });
}

test("a mirror is told whose repository is meant; its 404 moves on to the server", async () => {
  await using mirror = await FakeRegistry.start();
  await using server = await FakeRegistry.start();
  using scratch = new Scratch();
  await using registry = registryWith(
    scratch,
    `server = "${server.url}"\n[host."${mirror.url}"]\n[host."${mirror.url}".header]\nX-List = ["a", "b"]\n`,
  );
  const descriptor = server.manifest({}, MANIFEST, "1");
  const name = "reg.example:5000/app:1";
  assert.deepEqual(await registry.resolve(name), { name, descriptor });
  await registry.fetch(name, descriptor);
  const ns = "?ns=reg.example%3A5000";
  assert.deepEqual(mirror.asked, [
    `HEAD /v2/app/manifests/1${ns}`,
    `GET /v2/app/manifests/${descriptor.digest}${ns}`,
  ]);
  assert.deepEqual(server.asked, mirror.asked);
  assert.equal(mirror.requests[0]?.headers["x-list"], "a, b");
  assert.equal(server.requests[0]?.headers["x-list"], undefined);
});

test("Docker Hub's own endpoint is no mirror, any other is one", async () => {
  await using server = await FakeRegistry.start();
  using scratch = new Scratch();
  await using registry = registryWith(scratch, `server = "${server.url}"`);
  server.manifest({}, MANIFEST, "1");
  await registry.resolve("docker.io/app:1");
  await registry.resolve(`${server.host}/app:1`);
  assert.deepEqual(server.asked, ["HEAD /v2/app/manifests/1?ns=docker.io", "HEAD /v2/app/manifests/1"]);
});

test("a host is asked only for what it is capable of", async () => {
  await using mirror = await FakeRegistry.start();
  await using server = await FakeRegistry.start();
  using scratch = new Scratch();
  await using registry = registryWith(
    scratch,
    `server = "${server.url}"\n[host."${mirror.url}"]\ncapabilities = ["pull"]\n`,
  );
  const descriptor = server.manifest({}, MANIFEST, "1");
  mirror.manifest({}, MANIFEST, "1");
  await registry.resolve("reg.example/app:1");
  assert.deepEqual(mirror.asked, []);
  await registry.fetch("reg.example/app:1", descriptor);
  await registry.resolve(`reg.example/app@${descriptor.digest}`);
  assert.equal(mirror.requests.length, 2);
  assert.equal(server.requests.length, 1);
});

test("with no host capable of it nothing is found", async () => {
  using scratch = new Scratch();
  await using registry = registryWith(scratch, 'server = "https://up.example"\ncapabilities = ["push"]\n');
  await assert.rejects(registry.resolve("reg.example/app:1"), isNotFound);
  const digest = `sha256:${"0".repeat(64)}` as const;
  await assert.rejects(
    registry.fetch("reg.example/app:1", { mediaType: "a/b", digest: digest as never, size: 1 }),
    isNotFound,
  );
});

test("a mirror's troubles are not waited for; those of the last host are", async () => {
  await using mirror = await FakeRegistry.start((_request, response) => response.writeHead(503).end());
  let left = 1;
  await using server = await FakeRegistry.start((_request, response) => {
    if (left-- > 0) response.writeHead(503).end();
  });
  using scratch = new Scratch();
  await using registry = registryWith(scratch, `server = "${server.url}"\n[host."${mirror.url}"]\n`);
  server.manifest({}, MANIFEST, "1");
  await registry.resolve("reg.example/app:1");
  assert.equal(mirror.requests.length, 1);
  assert.equal(server.requests.length, 2);
});

test("of several hosts' errors a status says more than a 404, and that more than a refused connection", async () => {
  await using forbidding = await FakeRegistry.start((_request, response) => response.writeHead(403).end());
  await using empty = await FakeRegistry.start();
  const gone = await FakeRegistry.start();
  const { url: goneUrl } = gone;
  await gone[Symbol.asyncDispose]();
  const resolveWith = async (...urls: string[]): Promise<unknown> => {
    using scratch = new Scratch();
    const [server, ...hosts] = urls.toReversed();
    const toml = `server = "${server}"\n${hosts
      .toReversed()
      .map((url) => `[host."${url}"]\n`)
      .join("")}`;
    await using registry = registryWith(scratch, toml);
    return await registry.resolve("reg.example/app:1");
  };
  await assert.rejects(resolveWith(empty.url, forbidding.url, goneUrl), isPermissionDenied);
  await assert.rejects(resolveWith(empty.url, goneUrl), isNotFound);
  await assert.rejects(resolveWith(goneUrl, empty.url), isNotFound);
  await assert.rejects(resolveWith(goneUrl), isUnavailable);
});

test("override_path takes repositories out of /v2", async () => {
  await using server = await FakeRegistry.start();
  using scratch = new Scratch();
  await using registry = registryWith(scratch, `server = "${server.url}/mirror"\noverride_path = true\n`);
  await assert.rejects(registry.resolve(`${server.host}/app:1`), isNotFound);
  assert.deepEqual(server.asked, ["HEAD /mirror/app/manifests/1"]);
});
