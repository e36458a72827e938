import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { test } from "node:test";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import {
  buildBusyboxImage,
  containerdMissing,
  containerdPrograms,
  davitdMissing,
  davitdProgram,
  freePort,
  makeImage,
  needs,
  pushImage,
  REGISTRY_CREDENTIALS,
  runQuickly,
  startContainerd,
  startDavitd,
  startRegistry,
  tar,
  temporaryDirectory,
} from "@davit/test-support";
import { mount, mountInfo } from "@davit/sys";

const root = { skip: needs("root") };
const registryNeeds = { skip: needs("docker-registry", "busybox") };

test("needs() names what is missing", () => {
  assert.equal(needs("sh"), false);
  assert.equal(needs("sh", "no-such-program", "/no/such"), "needs no-such-program, /no/such");
});

test("runQuickly() collects output and exit code", async () => {
  const { code, stdout, stderr } = await runQuickly("sh", ["-c", "cat; echo $A >&2; exit 3"], {
    input: "in",
    env: { A: "b" },
  });
  assert.deepEqual([code, stdout, stderr], [3, "in", "b\n"]);
});

test("runQuickly() kills what does not end", async () => {
  await assert.rejects(
    runQuickly("sh", ["-c", "echo said; exec sleep 60"], { timeoutMs: 300 }),
    /has not ended within 300 ms\nsaid/,
  );
});

test("a free port can be listened on", async () => {
  assert.ok((await freePort()) > 1023);
});

test("an archive is one that tar(1) reads", async () => {
  const archive = tar([
    { name: "d/", mode: 0o700 },
    { name: "d/f", content: "x".repeat(600), mtime: 86_400 },
    { name: "l", linkTo: "d/f" },
    { name: "h", hardLinkTo: "d/f" },
  ]);
  await using directory = temporaryDirectory();
  writeFileSync(directory.join("a.tar"), archive);
  const { stdout } = await runQuickly("tar", ["-tvf", directory.join("a.tar")], { env: { TZ: "UTC" } });
  assert.match(stdout, /^drwx------ .* d\/$/m);
  assert.match(stdout, /^-rw-r--r-- 0\/0 +600 1970-01-02 00:00 d\/f$/m);
  assert.match(stdout, /l -> d\/f$/m);
  assert.match(stdout, /h link to d\/f$/m);
});

test("an image's layers are compressed as asked, and the same options give the same digests", () => {
  const layers = [[{ name: "f", content: "x" }]];
  const archive = tar(layers[0] ?? []);
  const blob = (image: ReturnType<typeof makeImage>) => image.blobs.get(image.layers[0]?.digest ?? "");
  assert.deepEqual(gunzipSync(blob(makeImage({ layers })) ?? ""), archive);
  assert.deepEqual(zstdDecompressSync(blob(makeImage({ layers, compression: "zstd" })) ?? ""), archive);
  assert.deepEqual(blob(makeImage({ layers, compression: "plain" })), archive);
  assert.equal(makeImage({ layers }).target.digest, makeImage({ layers }).target.digest);
});

test("platforms make an index, in OCI's or Docker's types", () => {
  const platforms = ["linux/amd64", "linux/s390x"];
  const image = makeImage({ layers: [], platforms });
  assert.equal(image.target.mediaType, "application/vnd.oci.image.index.v1+json");
  const { manifests } = JSON.parse(Buffer.from(image.blobs.get(image.target.digest) ?? "").toString()) as {
    manifests: { platform: unknown }[];
  };
  assert.deepEqual(
    manifests.map(({ platform }) => platform),
    [
      { os: "linux", architecture: "amd64" },
      { os: "linux", architecture: "s390x" },
    ],
  );
  const docker = makeImage({ layers: [], docker: true });
  assert.equal(docker.target.mediaType, "application/vnd.docker.distribution.manifest.v2+json");
});

test("what is pushed can be had from the registry", registryNeeds, async () => {
  await using registry = await startRegistry();
  const image = buildBusyboxImage({ platforms: ["linux/amd64", "linux/arm64"], compression: "zstd" });
  assert.equal(await pushImage(registry, "test/busybox:1", image), `${registry.host}/test/busybox:1`);
  const accept = { headers: { accept: image.target.mediaType } };
  const manifest = await fetch(`${registry.url}/v2/test/busybox/manifests/1`, accept);
  assert.equal(manifest.headers.get("docker-content-digest"), image.target.digest);
  assert.equal((await fetch(`${registry.url}/v2/test/busybox/blobs/${image.layers[1]?.digest}`)).status, 200);
  assert.match(registry.log(), /PUT \/v2\/test\/busybox\/manifests\/1/);
});

test("a registry with accounts asks for them", registryNeeds, async () => {
  await using registry = await startRegistry({ auth: true });
  const image = makeImage({ layers: [] });
  await assert.rejects(pushImage(registry, "a", image), /401/);
  await pushImage(registry, "a", image, REGISTRY_CREDENTIALS);
});

test("a directory goes with its mounts and its users", root, async () => {
  const directory = temporaryDirectory();
  mkdirSync(directory.join("m"));
  mount({ source: "tmpfs", target: directory.join("m"), fsType: "tmpfs" });
  writeFileSync(directory.join("m/script"), "sleep 60");
  const user = spawn("sh", [directory.join("m/script")], { stdio: "ignore" });
  const ended = new Promise((resolve) => user.once("exit", (_code, signal) => resolve(signal)));
  await setTimeout(100);
  await directory[Symbol.asyncDispose]();
  assert.equal(await ended, "SIGKILL");
  assert.equal(existsSync(directory.path), false);
  assert.ok(!mountInfo().some(({ mountPoint }) => mountPoint.startsWith(directory.path)));
});

test("a directory goes when its process is killed", async () => {
  const script = `import { temporaryDirectory } from "@davit/test-support";
    console.log(temporaryDirectory().path); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
    cwd: import.meta.dirname,
  });
  const path = await new Promise<string>((resolve) =>
    child.stdout.once("data", (text: Buffer) => resolve(text.toString().trim())),
  );
  assert.equal(existsSync(path), true);
  child.kill("SIGKILL");
  for (let tries = 0; existsSync(path) && tries < 100; tries++) await setTimeout(50);
  assert.equal(existsSync(path), false);
});

test(
  "containerd serves, and leaves no container behind",
  { skip: containerdMissing() || registryNeeds.skip },
  async () => {
    await using registry = await startRegistry();
    const ref = await pushImage(registry, "busybox", buildBusyboxImage());
    const containerd = await startContainerd();
    let pid = 0;
    try {
      const ctr = (...args: string[]) =>
        runQuickly(`${containerdPrograms()}/ctr`, [
          "-a",
          containerd.address,
          "-n",
          containerd.namespace,
          ...args,
        ]);
      const pulled = await ctr("images", "pull", "--plain-http", ref);
      assert.equal(pulled.code, 0, pulled.stderr);
      const ran = await ctr("run", "--rm", ref, "one", "cat", "/hello");
      assert.equal(ran.stdout, "hello from layer 2\n", ran.stderr);
      const left = await ctr("run", "-d", "--null-io", ref, "left", "sleep", "600");
      assert.equal(left.code, 0, left.stderr);
      pid = Number((await ctr("tasks", "ls")).stdout.split(/\s+/)[4]);
      assert.match(readFileSync(`/proc/${pid}/cmdline`, "utf8"), /^sleep/);
    } finally {
      await containerd[Symbol.asyncDispose]();
    }
    const { stdout: state } = await runQuickly("ps", ["-o", "stat=", "-p", String(pid)]);
    assert.match(state, /^(Z.*)?\s*$/, "the container has ended");
    assert.equal(existsSync(containerd.directory), false);
    assert.ok(!mountInfo().some(({ mountPoint }) => mountPoint.startsWith(containerd.directory)));
    assert.equal(existsSync(`/sys/fs/cgroup/memory/${containerd.namespace}`), false);
    assert.equal(existsSync(`/sys/fs/cgroup/${containerd.namespace}`), false);
  },
);

test("davitd is missing only where its bundle is", () => {
  const bundle = join(dirname(davitdProgram), "../dist/bundle/davitd.js");
  const here = existsSync(bundle) && needs("root", "runc") === false;
  assert.equal(davitdMissing() === false, here);
});

test("davitd serves, again after a restart", { skip: davitdMissing() }, async () => {
  await using davitd = await startDavitd();
  const { pid } = davitd;
  // The socket answers a moment before the line is written.
  for (let i = 0; i < 200 && !davitd.log().includes("successfully booted"); i++) await setTimeout(20);
  assert.match(davitd.log(), /successfully booted/);
  await davitd.restart("SIGKILL");
  assert.notEqual(davitd.pid, pid);
  assert.ok(existsSync(`/proc/${davitd.pid}`));
});
