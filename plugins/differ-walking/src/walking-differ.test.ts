import assert from "node:assert/strict";
import {
  closeSync,
  fstatSync,
  openSync,
  writeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { digestOf, type Digest } from "@davit/digest";
import { isNotImplemented, kindOf, wireMessage } from "@davit/errdefs";
import { withTemporaryMount, type Mount } from "@davit/mount";
import { lgetxattr, mountInfo } from "@davit/sys";
import { options, rootTest, type Fixture } from "./testing/fixture.ts";
import { tar } from "./testing/tar.ts";

const hello = tar({ name: "etc/" }, { name: "etc/motd", data: "hello" });
const bind = (source: string): Mount => ({ type: "bind", source, options: ["rw", "rbind"] });

async function failure(work: Promise<unknown>): Promise<readonly [kind: string, message: string]> {
  const error = await work.then(
    () => undefined,
    (err: unknown) => err,
  );
  assert.ok(error instanceof Error, "it succeeded");
  return [kindOf(error), wireMessage(error)];
}

/** No mounts and no copies are left. */
function assertNothingLeft({ dir, mountDir, spoolDir }: Fixture): void {
  assert.deepEqual(
    mountInfo().filter(({ mountPoint }) => mountPoint.startsWith(dir)),
    [],
  );
  for (const place of [mountDir, spoolDir]) if (existsSync(place)) assert.deepEqual(readdirSync(place), []);
}

rootTest(
  "the answer describes the uncompressed archive, whatever the compression and the media type say",
  async (fixture) => {
    const differ = fixture.differ();
    const padded = Buffer.concat([hello, Buffer.alloc(9216)]); // tar's own padding counts
    const docker = "application/vnd.docker.image.rootfs.diff.tar.gzip";
    for (const [name, data] of Object.entries({
      gzip: gzipSync(padded),
      zstd: zstdCompressSync(padded),
      plain: padded,
    })) {
      const [root] = fixture.directories(name);
      const applied = await differ.apply(await fixture.layer(data, docker), [bind(root)], options);
      assert.deepEqual(applied, {
        mediaType: "application/vnd.oci.image.layer.v1.tar",
        digest: digestOf(padded),
        size: padded.length,
      });
      assert.equal(readFileSync(join(root, "etc/motd"), "utf8"), "hello");
    }
    assertNothingLeft(fixture);
  },
);

rootTest("a whiteout removes what a bind mount's source has", async (fixture) => {
  const [root] = fixture.directories("root");
  writeFileSync(join(root, "old"), "x");
  const layer = await fixture.layer(tar({ name: ".wh.old" }, { name: "new" }));
  await fixture.differ().apply(layer, [bind(root)], options);
  assert.deepEqual(readdirSync(root), ["new"]);
});

rootTest("an overlay's upper directory gets overlayfs' marks, and nothing is mounted", async (fixture) => {
  const [lower, upper, work] = fixture.directories("lower", "upper", "work");
  mkdirSync(join(lower, "opaque"));
  mkdirSync(join(lower, "kept"), { mode: 0o750 });
  for (const file of ["old", "opaque/inside", "kept/file"]) writeFileSync(join(lower, file), "x");
  const layer = await fixture.layer(
    gzipSync(
      tar({ name: ".wh.old" }, { name: "opaque/" }, { name: "opaque/.wh..wh..opq" }, { name: "kept/new" }),
    ),
  );
  const mount = {
    type: "overlay",
    source: "overlay",
    options: [`workdir=${work}`, `upperdir=${upper}`, `lowerdir=${lower}`],
  };
  await fixture.differ().apply(layer, [mount], options);
  assert.equal(existsSync(fixture.mountDir), false);
  assert.ok(lstatSync(join(upper, "old")).isCharacterDevice());
  assert.equal(String(lgetxattr(join(upper, "opaque"), "trusted.overlay.opaque")), "y");
  assert.equal(lstatSync(join(upper, "kept")).mode & 0o777, 0o750); // made like the one below
  const seen = await withTemporaryMount(fixture.mountDir, [mount], async (root) =>
    readdirSync(root, { recursive: true }).map(String).toSorted(),
  );
  assert.deepEqual(seen, ["kept", "kept/file", "kept/new", "opaque"]);
});

rootTest("several mounts are made for the time of the apply, one upon the other", async (fixture) => {
  const [below, above] = fixture.directories("below", "above");
  const layer = await fixture.layer(gzipSync(hello));
  await fixture.differ().apply(layer, [bind(below), bind(above)], options);
  assert.deepEqual(readdirSync(below), []);
  assert.equal(readFileSync(join(above, "etc/motd"), "utf8"), "hello");
  assertNothingLeft(fixture);
});

rootTest("a file system is mounted to unpack into it", async (fixture) => {
  const layer = await fixture.layer(gzipSync(hello));
  const tmpfs = { type: "tmpfs", source: "tmpfs", options: ["size=1m"] };
  const { digest } = await fixture.differ().apply(layer, [tmpfs], { ...options, syncFs: true });
  assert.equal(digest, digestOf(hello));
  assertNothingLeft(fixture);
});

rootTest("a full disk is ResourceExhausted, and the mount is undone", async (fixture) => {
  const layer = await fixture.layer(gzipSync(tar({ name: "big", data: "x".repeat(1 << 20) })));
  const tmpfs = { type: "tmpfs", source: "tmpfs", options: ["size=64k"] };
  const [kind, message] = await failure(fixture.differ().apply(layer, [tmpfs], options));
  assert.equal(kind, "ResourceExhausted");
  assert.match(message, /big/);
  assertNothingLeft(fixture);
});

rootTest("a read-only mount is refused by the kernel", async (fixture) => {
  const [root] = fixture.directories("root");
  const layer = await fixture.layer(gzipSync(hello));
  const readOnly = { ...bind(root), options: ["ro", "rbind"] };
  const [, message] = await failure(fixture.differ().apply(layer, [readOnly], options));
  assert.match(message, /EROFS|read-only/i);
  assert.deepEqual(readdirSync(root), []);
  assertNothingLeft(fixture);
});

rootTest("a blob with a file is read from it; one without is copied on the way", async (fixture) => {
  const [first, second] = fixture.directories("first", "second");
  const layer = await fixture.layer(gzipSync(hello));
  await fixture.differ({ content: fixture.withFiles() }).apply(layer, [bind(first)], options);
  assert.equal(existsSync(fixture.spoolDir), false);
  await fixture.differ().apply(layer, [bind(second)], options);
  assert.equal(existsSync(fixture.spoolDir), true);
  assert.equal(readFileSync(join(second, "etc/motd"), "utf8"), "hello");
  assertNothingLeft(fixture);
});

rootTest("an absent blob has containerd's text; so has a missing namespace", async (fixture) => {
  const [root] = fixture.directories("root");
  const digest = digestOf(Buffer.from("absent"));
  const layer = { mediaType: "application/vnd.oci.image.layer.v1.tar", digest, size: 1 };
  for (const content of [fixture.content, fixture.withFiles()]) {
    const differ = fixture.differ({ content });
    assert.deepEqual(await failure(differ.apply(layer, [bind(root)], options)), [
      "NotFound",
      `failed to get reader from content store: content digest ${digest}: not found`,
    ]);
  }
  assert.deepEqual(await failure(fixture.differ().apply(layer, [bind(root)], { namespace: "" })), [
    "FailedPrecondition",
    "failed to get reader from content store: namespace is required: failed precondition",
  ]);
});

rootTest(
  "a media type that is no layer, or an encrypted one, is refused in containerd's words",
  async (fixture) => {
    const [root] = fixture.directories("root");
    const layer = await fixture.layer(hello);
    for (const mediaType of ["text/plain", "application/vnd.oci.image.layer.v1.tar+gzip+encrypted", ""])
      assert.deepEqual(
        await failure(fixture.differ().apply({ ...layer, mediaType }, [bind(root)], options)),
        ["Unknown", `failed to get stream processor for ${mediaType}: no processor for media-type`],
      );
    assertNothingLeft(fixture);
  },
);

rootTest("archives that are damaged, cut short or hostile fail by name", async (fixture) => {
  const [root] = fixture.directories("root");
  const differ = fixture.differ({ limits: { maxEntries: 3 } });
  const apply = async (data: Buffer) =>
    failure(differ.apply(await fixture.layer(data), [bind(root)], options));
  const gzip = gzipSync(hello);
  assert.equal((await apply(gzip.subarray(0, gzip.length - 20)))[0], "DataLoss");
  assert.equal((await apply(Buffer.alloc(1024, "x")))[0], "DataLoss");
  assert.deepEqual(await apply(tar(...["a", "b", "c", "d"].map((name) => ({ name })))), [
    "ResourceExhausted",
    'member "d": layer has more than 3 members: resource exhausted',
  ]);
  await differ.apply(await fixture.layer(tar({ name: "../../escaped", data: "x" })), [bind(root)], options);
  assert.equal(existsSync(join(root, "escaped")), true);
  assert.equal(existsSync(join(fixture.dir, "escaped")), false);
});

rootTest("no mounts at all are refused", async (fixture) => {
  const layer = await fixture.layer(hello);
  assert.deepEqual(await failure(fixture.differ().apply(layer, [], options)), [
    "InvalidArgument",
    "no mounts to apply the layer to: invalid argument",
  ]);
});

rootTest("what fails in the content store is told, not that the bytes ended", async (fixture) => {
  const [root] = fixture.directories("root");
  const layer = await fixture.layer(hello);
  const broken = fixture.storeWith({
    async *read() {
      yield hello.subarray(0, 700);
      throw new Error("connection reset by peer");
    },
  });
  const differ = fixture.differ({ content: broken });
  assert.deepEqual(await failure(differ.apply(layer, [bind(root)], options)), [
    "Unknown",
    "connection reset by peer",
  ]);
  assertNothingLeft(fixture);
});

rootTest("a store that gives fewer bytes than it says is DataLoss", async (fixture) => {
  const [root] = fixture.directories("root");
  const layer = await fixture.layer(hello);
  const short = fixture.storeWith({
    async *read() {
      yield hello.subarray(0, 700);
    },
  });
  const [kind, message] = await failure(
    fixture.differ({ content: short }).apply(layer, [bind(root)], options),
  );
  assert.deepEqual([kind, message.slice(0, 22)], ["DataLoss", "content store gave 700"]);
});

rootTest("a caller's own source is read while it grows, and stays open", async (fixture) => {
  const [root] = fixture.directories("root");
  const fd = openSync(join(fixture.dir, "ingest"), "w+");
  try {
    const available = new SharedArrayBuffer(8);
    const count = new BigInt64Array(available);
    const source = { fd, sizeBytes: BigInt(hello.length), available, [Symbol.asyncDispose]: async () => {} };
    const layer = {
      mediaType: "application/vnd.oci.image.layer.v1.tar",
      digest: "sha256:0" as Digest,
      size: hello.length,
    };
    const applied = fixture.differ().apply(layer, [bind(root)], { ...options, source });
    for (let at = 0; at < hello.length; at += 500) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      writeSync(fd, hello.subarray(at, at + 500), 0, undefined, at);
      Atomics.store(count, 0, BigInt(Math.min(at + 500, hello.length)));
      Atomics.notify(count, 0);
    }
    assert.equal((await applied).digest, digestOf(hello));
    assert.equal(fstatSync(fd).size, hello.length);
  } finally {
    closeSync(fd);
  }
});

rootTest("an apply that is given up stops, and leaves no mounts", async (fixture) => {
  const abort = new AbortController();
  const [never] = fixture.directories("never");
  const available = new SharedArrayBuffer(8);
  const fd = openSync(join(fixture.dir, "ingest"), "w+");
  try {
    const source = { fd, sizeBytes: 1n << 20n, available, [Symbol.asyncDispose]: async () => {} };
    const layer = {
      mediaType: "application/vnd.oci.image.layer.v1.tar",
      digest: "sha256:0" as Digest,
      size: 1,
    };
    setTimeout(() => abort.abort(), 300);
    const tmpfs = { type: "tmpfs", source: "tmpfs", options: [] };
    const work = fixture.differ().apply(layer, [tmpfs], { ...options, source, signal: abort.signal });
    assert.equal((await failure(work))[0], "Canceled");
    assertNothingLeft(fixture);
  } finally {
    closeSync(fd);
  }
  const layer = await fixture.layer(hello);
  const late = fixture.differ().apply(layer, [bind(never)], { ...options, signal: abort.signal });
  assert.equal((await failure(late))[0], "Canceled");
  assert.deepEqual(readdirSync(never), []);
});

rootTest("progress counts the compressed bytes", async (fixture) => {
  const [root] = fixture.directories("root");
  const data = gzipSync(tar({ name: "zeros", data: "\0".repeat(8 << 20) }));
  const seen: bigint[] = [];
  await fixture
    .differ()
    .apply(await fixture.layer(data), [bind(root)], { ...options, onProgress: (bytes) => seen.push(bytes) });
  assert.ok(seen.length > 0);
  assert.ok(seen.every((bytes) => bytes > 0n && bytes <= BigInt(data.length)));
});

rootTest("layers are unpacked beside each other, more than there are workers", async (fixture) => {
  const differ = fixture.differ();
  const roots = fixture.directories(...Array.from({ length: 8 }, (_, i) => `root-${i}`));
  await Promise.all(
    roots.map(async (root, i) => {
      const data = tar({ name: "which", data: String(i) });
      assert.equal(
        (await differ.apply(await fixture.layer(data), [bind(root)], options)).digest,
        digestOf(data),
      );
      assert.equal(readFileSync(join(root, "which"), "utf8"), String(i));
    }),
  );
  assertNothingLeft(fixture);
});

rootTest("making layers is not offered yet", async (fixture) => {
  await assert.rejects(fixture.differ().compare(), isNotImplemented);
});
