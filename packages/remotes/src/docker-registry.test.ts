import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createServer, type AddressInfo } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { digestOf, type Digest } from "@davit/digest";
import { isNotFound, isUnauthenticated } from "@davit/errdefs";
import { childrenOf } from "@davit/oci";
import { Registry, registryHosts } from "@davit/remotes";
import { Scratch, SinkFile } from "./helpers.test.helper.ts";

const PROGRAM = "docker-registry";
const skip = spawnSync(PROGRAM, ["--version"]).status === 0 ? false : `needs ${PROGRAM}`;

/** bcrypt of `secret`, which the registry wants and Node cannot make. */
const HTPASSWD = "me:$2y$05$9qcP1f2Sr4wSCTPPXxX8pO4pZD4kTPa5HhC5aGThybkrV7P9OnlhC\n";

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The real registry on a loopback port, in a directory of its own. */
async function startRegistry(
  scratch: Scratch,
  auth = "",
): Promise<AsyncDisposable & { readonly host: string }> {
  const host = `127.0.0.1:${await freePort()}`;
  const config = scratch.write(
    "config.yml",
    `version: 0.1
log: { level: error }
storage: { filesystem: { rootdirectory: ${scratch.path}/data } }
http: { addr: "${host}" }
${auth}`,
  );
  const child = spawn(PROGRAM, ["serve", config], { stdio: "ignore" });
  await untilReady(host, child);
  return {
    host,
    async [Symbol.asyncDispose]() {
      const exited = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await exited;
    },
  };
}

async function untilReady(host: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    assert.equal(child.exitCode, null, "the registry ended");
    if (
      await fetch(`http://${host}/v2/`).then(
        () => true,
        () => false,
      )
    )
      return;
    await sleep(50);
  }
  assert.fail("the registry does not answer");
}

async function upload(host: string, bytes: Buffer): Promise<Digest> {
  const digest = digestOf(bytes);
  const started = await fetch(`http://${host}/v2/app/blobs/uploads/`, { method: "POST" });
  const location = new URL(started.headers.get("location") ?? "", `http://${host}`);
  location.searchParams.set("digest", digest);
  assert.equal((await fetch(location, { method: "PUT", body: new Uint8Array(bytes) })).status, 201);
  return digest;
}

test("an image is pulled from a real registry", { skip }, async () => {
  using scratch = new Scratch();
  await using server = await startRegistry(scratch);
  const layer = randomBytes(3_000_000);
  const config = Buffer.from(
    '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}',
  );
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: {
      mediaType: "application/vnd.oci.image.config.v1+json",
      digest: await upload(server.host, config),
      size: config.length,
    },
    layers: [
      {
        mediaType: "application/vnd.oci.image.layer.v1.tar",
        digest: await upload(server.host, layer),
        size: layer.length,
      },
    ],
  };
  const put = await fetch(`http://${server.host}/v2/app/manifests/1`, {
    method: "PUT",
    headers: { "content-type": mediaType },
    body: JSON.stringify(manifest),
  });
  assert.equal(put.status, 201);

  // Nothing says that it speaks plain HTTP: that is found out.
  await using registry = new Registry({ hosts: registryHosts({ proxy: {} }) });
  const name = `${server.host}/app:1`;
  const { descriptor } = await registry.resolve(name);
  assert.equal(descriptor.digest, digestOf(JSON.stringify(manifest)));
  assert.equal(descriptor.mediaType, mediaType);
  const children = childrenOf(descriptor, await registry.fetch(name, descriptor));
  assert.deepEqual(children, [manifest.config, ...manifest.layers]);
  const [, layerDescriptor = descriptor] = children;
  for (const initial of [Buffer.alloc(0), layer.subarray(0, 1_234_567)]) {
    using file = new SinkFile(initial);
    const { digest } = await registry.fetchBlob(name, layerDescriptor, file.sink);
    assert.equal(digest, layerDescriptor.digest);
    assert.ok(file.content.equals(layer));
  }
  const byDigest = await registry.resolve(`${server.host}/app@${descriptor.digest}`);
  assert.deepEqual(byDigest.descriptor, descriptor);
  await assert.rejects(registry.resolve(`${server.host}/app:2`), isNotFound);
  await assert.rejects(registry.resolve(`${server.host}/nope:1`), isNotFound);
});

test("a real registry with a password wants it", { skip }, async () => {
  using scratch = new Scratch();
  const file = scratch.write("htpasswd", HTPASSWD);
  await using server = await startRegistry(scratch, `auth: { htpasswd: { realm: x, path: ${file} } }\n`);
  const hosts = registryHosts({ proxy: {}, defaultScheme: "http" });
  const name = `${server.host}/app:1`;
  await using right = new Registry({ hosts, credentials: () => ({ username: "me", secret: "secret" }) });
  await assert.rejects(right.resolve(name), isNotFound);
  await using wrong = new Registry({ hosts, credentials: () => ({ username: "me", secret: "guess" }) });
  await assert.rejects(wrong.resolve(name), isUnauthenticated);
  await using nobody = new Registry({ hosts });
  await assert.rejects(nobody.resolve(name), isUnauthenticated);
});
