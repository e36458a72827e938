import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { applyLayer, unpackPool, type LayerDescriptor, type UnpackProgress } from "@davit/archive";
import { isCanceled, isDataLoss, isInvalidArgument, isNotFound } from "@davit/errdefs";
import { lgetxattr } from "@davit/sys";
import { fails, needsRoot, Place, temporary } from "./testing/fixture.ts";
import { base256, END, gnuLong, member, paxMember, self, tar } from "./testing/tar.ts";

const ordinary = tar(
  { name: "./", type: "5" },
  { name: "dir/", type: "5", mode: 0o1770, mtime: 1_500_000_000 },
  { name: "dir/file", content: "hello", mode: 0o640, mtime: 1_400_000_000 },
  { name: "dir/empty" },
  { name: "link", type: "2", linkName: "dir/file" },
  { name: "hard", type: "1", linkName: "dir/file", mode: 0o640 },
  { name: "fifo", type: "6", mode: 0o600 },
  { name: "missing/parents/file", content: "x".repeat(3000) },
);
const digestOf = (bytes: Uint8Array) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

test("a layer is unpacked, and its diffID, size and members are told", async () => {
  for (const compress of [(bytes: Buffer) => bytes, gzipSync, zstdCompressSync]) {
    using place = new Place();
    const applied = await place.apply(compress(ordinary));
    assert.deepEqual(applied, {
      diffId: digestOf(ordinary),
      sizeBytes: BigInt(ordinary.length),
      entries: 8,
      warnings: [],
    });
    assert.deepEqual(place.names(), [
      "dir/",
      "dir/empty",
      "dir/file",
      "fifo",
      "hard",
      "link",
      "missing/",
      "missing/parents/",
      "missing/parents/file",
    ]);
    assert.equal(place.read("link"), "hello");
    assert.equal(statSync(place.path("hard")).ino, statSync(place.path("dir/file")).ino);
    const dir = lstatSync(place.path("dir"));
    assert.deepEqual([dir.mode & 0o7777, dir.mtimeMs], [0o1770, 1_500_000_000_000]);
    const file = lstatSync(place.path("hard"));
    assert.deepEqual([file.mode & 0o7777, file.size], [0o640, 5]);
    assert.ok(lstatSync(place.path("fifo")).isFIFO());
    assert.equal(lstatSync(place.path("missing")).mode & 0o7777, 0o755);
  }
});

test("what follows the end mark counts for the digest and for nothing else", async () => {
  using place = new Place();
  const archive = Buffer.concat([
    tar({ name: "a" }),
    Buffer.alloc(5000),
    member({ name: "b" }),
    Buffer.from("odd"),
  ]);
  const { diffId, sizeBytes } = await place.apply(gzipSync(archive));
  assert.deepEqual([diffId, sizeBytes], [digestOf(archive), BigInt(archive.length)]);
  assert.deepEqual(place.names(), ["a"]);
});

test("an empty layer, and one without an end mark, are layers", async () => {
  using place = new Place();
  assert.equal((await place.apply(Buffer.alloc(0))).diffId, digestOf(Buffer.alloc(0)));
  assert.equal((await place.apply(END)).entries, 0);
  await place.apply(member({ name: "a", content: "no end mark" }));
  await place.apply(member({ name: "b", content: "nor padding", unpadded: true }));
  assert.deepEqual([place.read("a"), place.read("b")], ["no end mark", "nor padding"]);
});

test("times have nanoseconds, also of directories that are filled later", async () => {
  using place = new Place();
  const pax = { mtime: "1234567890.123456789" };
  const archive = tar(
    { name: "d/", type: "5", pax },
    { name: "d/f", pax },
    { name: "l", type: "2", linkName: "x", pax },
  );
  await place.apply(archive);
  for (const name of ["d", "d/f", "l"])
    assert.equal(lstatSync(place.path(name), { bigint: true }).mtimeNs, 1_234_567_890_123_456_789n, name);
});

test("times are bound by 1970 and by the clamp", async () => {
  using place = new Place();
  const archive = tar(
    { name: "old", pax: { mtime: "-5.5" } },
    { name: "new", pax: { mtime: "3000.5" } },
    { name: "accessed", pax: { mtime: "100", atime: "200.25" } },
  );
  await place.apply(archive, { clampMtimeNs: 2_000_000_000_000n });
  const times = (name: string) => lstatSync(place.path(name), { bigint: true });
  assert.equal(times("old").mtimeNs, 0n);
  assert.equal(times("new").mtimeNs, 2_000_000_000_000n);
  assert.deepEqual(
    [times("accessed").mtimeNs, times("accessed").atimeNs],
    [100_000_000_000n, 200_250_000_000n],
  );
});

test("long, unicode and undecodable names arrive as they are", async () => {
  using place = new Place();
  const long = `${"d".repeat(200)}/${"f".repeat(255)}`;
  const raw = Buffer.from([0x72, 0xff, 0xfe]);
  const archive = Buffer.concat([
    member({ name: "short", pax: { path: long } }),
    gnuLong("K", "t".repeat(300)),
    gnuLong("L", `gnu/${"n".repeat(250)}`),
    member({ name: "short", type: "2", linkName: "short", magic: "gnu" }),
    member({ name: "übung/日本語" }),
    member({ name: raw }),
    member({ name: "p", patch: [[345, "prefix/dir"]] }),
    END,
  ]);
  await place.apply(archive);
  assert.ok(lstatSync(place.path(long)).isFile());
  assert.ok(lstatSync(place.path(`gnu/${"n".repeat(250)}`)).isSymbolicLink());
  assert.ok(lstatSync(place.path("übung/日本語")).isFile());
  assert.ok(lstatSync(place.path("prefix/dir/p")).isFile());
  assert.ok(readdirSync(place.root, { encoding: "buffer" }).some((name) => name.equals(raw)));
});

test("owners, set-id bits, devices and attributes are the archive's", { skip: needsRoot }, async () => {
  using place = new Place();
  const capability = Buffer.from("0100000200040000000000000000000000000000", "hex");
  const archive = tar(
    { name: "g/", type: "5", mode: 0o2775, gid: 50 },
    { name: "g/root", uid: 0, gid: 0 },
    { name: "suid", mode: 0o6755, uid: 1000, gid: 1000 },
    { name: "cap", mode: 0o755, uid: 1000, pax: { "SCHILY.xattr.security.capability": capability } },
    { name: "big", patch: [[108, base256(4_000_000_000n, 8)]] },
    { name: "null", type: "3", major: 1, minor: 3, mode: 0o666 },
    { name: "disk", type: "4", major: 259, minor: 70_000, mode: 0o660, gid: 6 },
  );
  await place.apply(archive);
  const of = (name: string) => lstatSync(place.path(name));
  assert.deepEqual([of("g").mode & 0o7777, of("g").gid], [0o2775, 50]);
  assert.deepEqual([of("g/root").uid, of("g/root").gid], [0, 0]);
  assert.deepEqual([of("suid").mode & 0o7777, of("suid").uid], [0o6755, 1000]);
  assert.deepEqual(lgetxattr(place.path("cap"), "security.capability"), capability);
  assert.equal(of("big").uid, 4_000_000_000);
  assert.deepEqual([of("null").isCharacterDevice(), of("null").rdev], [true, 0x103]);
  assert.deepEqual([of("disk").isBlockDevice(), of("disk").mtimeMs], [true, 1_600_000_000_000]);
});

test("trusted and overlayfs attributes are refused, with a warning", async () => {
  using place = new Place();
  const pax = { "SCHILY.xattr.trusted.overlay.opaque": "y", "SCHILY.xattr.user.overlay.opaque": "y" };
  const { warnings } = await place.apply(tar({ name: "d/", type: "5", pax }));
  assert.equal(warnings.length, 2);
  assert.match(warnings[0] ?? "", /ignored xattr trusted\.overlay\.opaque of d\//);
  assert.equal(lgetxattr(place.path("d"), "trusted.overlay.opaque"), undefined);
  assert.equal(lgetxattr(place.path("d"), "user.overlay.opaque"), undefined);
});

test("a layer over a tree: directories merge, everything else replaces and is replaced", async () => {
  using place = new Place();
  await place.apply(
    tar(
      { name: "merged/", type: "5", mode: 0o700 },
      { name: "merged/kept", content: "kept" },
      { name: "file", content: "old" },
      { name: "was-dir/", type: "5" },
      { name: "was-dir/child" },
      { name: "was-file" },
      { name: "was-link", type: "2", linkName: "file" },
    ),
  );
  await place.apply(
    tar(
      { name: "merged/", type: "5", mode: 0o750 },
      { name: "merged/new" },
      { name: "file", content: "new" },
      { name: "was-dir", content: "a file now" },
      { name: "was-file/", type: "5" },
      { name: "was-file/child" },
      { name: "was-link", content: "no link" },
    ),
  );
  assert.deepEqual(place.names(), [
    "file",
    "merged/",
    "merged/kept",
    "merged/new",
    "was-dir",
    "was-file/",
    "was-file/child",
    "was-link",
  ]);
  assert.equal(lstatSync(place.path("merged")).mode & 0o777, 0o750);
  assert.deepEqual(
    [place.read("file"), place.read("was-dir"), place.read("was-link")],
    ["new", "a file now", "no link"],
  );
});

test("a path through a link of the tree below is followed within the root", async () => {
  using place = new Place();
  mkdirSync(place.path("usr/lib"), { recursive: true });
  symlinkSync("usr/lib", place.path("lib"));
  symlinkSync("/usr", place.path("absolute"));
  await place.apply(tar({ name: "lib/a" }, { name: "absolute/lib/b" }, { name: "lib/../c" }));
  assert.deepEqual(place.names(), ["absolute", "c", "lib", "usr/", "usr/lib/", "usr/lib/a", "usr/lib/b"]);
});

test("of duplicate members the last one stays", async () => {
  using place = new Place();
  await place.apply(
    tar(
      { name: "a", content: "one" },
      { name: "a", content: "two" },
      { name: "a/", type: "5" },
      { name: "a/b" },
      { name: "a", content: "three" },
    ),
  );
  assert.deepEqual(place.names(), ["a"]);
  assert.equal(place.read("a"), "three");
});

test("naive whiteouts remove what they name, and absent names do no harm", async () => {
  using place = new Place();
  await place.apply(tar({ name: "d/a" }, { name: "d/b" }, { name: "d/sub/x" }, { name: "f" }));
  await place.apply(
    tar(
      { name: "d/.wh.a" },
      { name: "d/.wh.sub" },
      { name: ".wh.f", content: "ignored" },
      { name: ".wh.absent" },
      { name: "none/.wh.x" },
    ),
  );
  assert.deepEqual(place.names(), ["d/", "d/b", "none/"]);
});

test("a naive opaque marker empties a directory of what was there before, wherever it stands", async () => {
  using place = new Place();
  const below = tar(
    { name: "d/old" },
    { name: "d/sub/old" },
    { name: "d/sub/kept" },
    { name: "d/gone/x" },
    { name: "other" },
  );
  await place.apply(below);
  await place.apply(
    tar(
      { name: "d/", type: "5" },
      { name: "d/sub/kept", content: "new" },
      { name: "d/.wh..wh..opq" },
      { name: "d/later" },
    ),
  );
  assert.deepEqual(place.names(), ["d/", "d/later", "d/sub/", "d/sub/kept", "other"]);
  assert.equal(place.read("d/sub/kept"), "new");
});

test("AUFS' book-keeping is left out, and other names with the prefix are names", async () => {
  using place = new Place();
  await place.apply(
    tar(
      { name: ".wh..wh.aufs" },
      { name: ".wh..wh.plnk/", type: "5" },
      { name: ".wh..wh.plnk/12.34", content: "x" },
      { name: "a.wh.b" },
    ),
  );
  assert.deepEqual(place.names(), ["a.wh.b"]);
});

test("a whiteout of its own directory, or of the one above, is refused", async () => {
  for (const name of ["d/.wh.", "d/.wh..", "d/.wh..."]) {
    using place = new Place();
    await fails(place.apply(tar({ name: "d/x" }, { name })), isInvalidArgument, /invalid whiteout name/);
    assert.deepEqual(place.names(), ["d/", "d/x"]);
  }
});

test("overlay whiteouts are devices 0:0, opaque directories are marked", { skip: needsRoot }, async () => {
  using place = new Place();
  await place.apply(
    tar(
      { name: "d/", type: "5" },
      { name: "d/.wh..wh..opq" },
      { name: "d/a" },
      { name: ".wh.gone", uid: 5, gid: 6 },
      { name: "e/.wh.x" },
    ),
    { mode: "overlay" },
  );
  const gone = lstatSync(place.path("gone"));
  assert.deepEqual([gone.isCharacterDevice(), gone.rdev, gone.uid, gone.gid], [true, 0, 5, 6]);
  assert.ok(lstatSync(place.path("e/x")).isCharacterDevice());
  assert.equal(lgetxattr(place.path("d"), "trusted.overlay.opaque")?.toString(), "y");
  assert.equal(lgetxattr(place.path("e"), "trusted.overlay.opaque"), undefined);
  assert.deepEqual(place.names(), ["d/", "d/a", "e/", "e/x", "gone"]);
});

test("userxattr overlays are marked in user.overlay", { skip: needsRoot }, async () => {
  using place = new Place();
  await place.apply(tar({ name: "d/.wh..wh..opq" }), { mode: "overlay", userXattr: true });
  assert.equal(lgetxattr(place.path("d"), "user.overlay.opaque")?.toString(), "y");
  assert.equal(lgetxattr(place.path("d"), "trusted.overlay.opaque"), undefined);
});

test(
  "in an overlay, a directory that replaces something does not let the one below shine through",
  { skip: needsRoot },
  async () => {
    using place = new Place();
    await place.apply(tar({ name: ".wh.d" }, { name: "d/", type: "5" }, { name: "d/new" }), {
      mode: "overlay",
    });
    assert.equal(lgetxattr(place.path("d"), "trusted.overlay.opaque")?.toString(), "y");
  },
);

test(
  "parents the archive leaves out are made like the nearest directory below",
  { skip: needsRoot },
  async () => {
    using place = new Place();
    using lower = temporary();
    using bottom = temporary();
    mkdirSync(join(lower.path, "hidden"), { recursive: true });
    const below = tar(
      {
        name: "a/",
        type: "5",
        mode: 0o1777,
        uid: 7,
        gid: 8,
        pax: { mtime: "1000.5", "SCHILY.xattr.user.davit": "v" },
      },
      { name: "a/b/", type: "5", mode: 0o710 },
      { name: "plain", content: "a file" },
    );
    writeFileSync(join(lower.path, "layer"), below);
    await applyLayer({ source: { path: join(lower.path, "layer") }, root: bottom.path, mode: "naive" });
    writeFileSync(join(lower.path, "plain"), "hides the directory of that name further down");
    await place.apply(tar({ name: "a/b/c/f" }, { name: "plain/f" }), {
      mode: "overlay",
      parents: [lower.path, bottom.path],
    });
    const of = (name: string) => lstatSync(place.path(name), { bigint: true });
    assert.deepEqual(
      [Number(of("a").mode & 0o7777n), of("a").uid, of("a").gid, of("a").mtimeNs],
      [0o1777, 7n, 8n, 1_000_500_000_000n],
    );
    assert.equal(lgetxattr(place.path("a"), "user.davit")?.toString(), "v");
    assert.equal(Number(of("a/b").mode & 0o7777n), 0o710);
    assert.equal(Number(of("a/b/c").mode & 0o7777n), 0o755);
    assert.equal(Number(of("plain").mode & 0o7777n), 0o755);
  },
);

test("an open descriptor is read by position, and stays open", async () => {
  using place = new Place();
  writeFileSync(place.path("../blob"), gzipSync(ordinary));
  const fd = openSync(place.path("../blob"), "r");
  const sizeBytes = BigInt(statSync(place.path("../blob")).size);
  const applied = await applyLayer({
    source: { fd, sizeBytes },
    root: place.root,
    mode: "naive",
    sync: true,
  });
  assert.equal(applied.diffId, digestOf(ordinary));
  closeSync(fd);
});

/** A file that grows as a download does. */
function growing(path: string, sizeBytes: number) {
  const fd = openSync(path, "w+");
  const available = new SharedArrayBuffer(8);
  const count = new BigInt64Array(available);
  const set = (value: bigint) => {
    Atomics.store(count, 0, value);
    Atomics.notify(count, 0);
  };
  const append = (bytes: Uint8Array) => {
    writeSync(fd, bytes, 0, bytes.length, Number(count[0]));
    set((count[0] ?? 0n) + BigInt(bytes.length));
  };
  const source: LayerDescriptor = { fd, sizeBytes, available };
  return { source, append, fail: () => set(-1n), [Symbol.dispose]: () => closeSync(fd) };
}

test("a source that grows is unpacked as it comes", async () => {
  using place = new Place();
  const blob = gzipSync(ordinary);
  using file = growing(place.path("../blob"), blob.length);
  const applied = applyLayer({ source: file.source, root: place.root, mode: "naive" });
  for (let offset = 0; offset < blob.length; offset += 40) {
    file.append(blob.subarray(offset, offset + 40));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  assert.equal((await applied).diffId, digestOf(ordinary));
});

test("a source that fails, or ends before its size, fails the layer", async () => {
  using place = new Place();
  const blob = gzipSync(ordinary);
  using file = growing(place.path("../blob"), blob.length);
  file.append(blob.subarray(0, 50));
  const failed = fails(
    applyLayer({ source: file.source, root: place.root, mode: "naive" }),
    isDataLoss,
    /source failed after 50 bytes/,
  );
  setTimeout(file.fail, 20);
  await failed;
  const short = { fd: file.source.fd, sizeBytes: blob.length };
  await fails(applyLayer({ source: short, root: place.root, mode: "naive" }), isDataLoss, /ends after 50 of/);
});

test("a layer that fails does not wait for the rest of a source that grows", async () => {
  using place = new Place();
  const bad = tar({ name: "a" }, { name: "b", checksum: 1 }, { name: "c", content: randomBytes(1 << 20) });
  for (const blob of [bad, zstdCompressSync(bad), gzipSync(bad, { level: 0 })]) {
    using file = growing(place.path("../blob"), blob.length + 1_000_000);
    file.append(blob.subarray(0, blob.length - 100));
    const work = applyLayer({ source: file.source, root: place.root, mode: "naive" });
    await fails(work, isDataLoss, /wrong checksum/);
  }
});

test("aborting stops the work, also while it waits for bytes or for a worker", async () => {
  using place = new Place();
  await using pool = unpackPool({ size: 1 });
  using file = growing(place.path("../blob"), 1000);
  const reason = new Error("enough");
  const [first, second] = [new AbortController(), new AbortController()];
  const request = { source: file.source, root: place.root, mode: "naive" } as const;
  const running = applyLayer(request, { pool, signal: first.signal });
  const waiting = applyLayer(request, { pool, signal: second.signal });
  const outcome = Promise.all([assert.rejects(running, reason), assert.rejects(waiting, reason)]);
  second.abort(reason);
  setTimeout(() => first.abort(reason), 30);
  await outcome;
  await assert.rejects(applyLayer(request, { pool, signal: first.signal }), reason);
  assert.equal((await place.apply(ordinary, {}, { pool })).entries, 8);
});

test("an abort without a reason of its own is Canceled", async () => {
  using place = new Place();
  using file = growing(place.path("../blob"), 1000);
  const controller = new AbortController();
  const work = applyLayer(
    { source: file.source, root: place.root, mode: "naive" },
    { signal: controller.signal },
  );
  setTimeout(() => controller.abort(), 10);
  await assert.rejects(work, isCanceled);
});

test("progress is told while the work goes on", async () => {
  using place = new Place();
  using file = growing(place.path("../blob"), 1 << 20);
  ftruncateSync(file.source.fd, 0);
  const seen: UnpackProgress[] = [];
  const work = applyLayer(
    { source: file.source, root: place.root, mode: "naive" },
    { onProgress: (progress) => seen.push(progress) },
  );
  const piece = Buffer.alloc(1 << 18);
  for (let index = 0; index < 4; index++) {
    file.append(piece);
    await new Promise((resolve) => setTimeout(resolve, 120));
  }
  await work;
  assert.ok(seen.length >= 2, `${seen.length}`);
  assert.ok(
    seen.every(({ readBytes, unpackedBytes }) => readBytes === unpackedBytes && readBytes <= 1 << 20),
  );
});

test("a root that is relative or absent is refused", async () => {
  const source = { path: "/dev/null" };
  await assert.rejects(applyLayer({ source, root: "relative", mode: "naive" }), isInvalidArgument);
  await fails(
    applyLayer({ source, root: "/davit/absent", mode: "naive" }),
    isNotFound,
    /root \/davit\/absent/,
  );
});

test("a source that is absent is named", async () => {
  using place = new Place();
  const work = applyLayer({ source: { path: "/davit/absent" }, root: place.root, mode: "naive" });
  await fails(work, isNotFound, /open '\/davit\/absent'/);
});

test("without privilege nothing is chowned, and directories without write permission are still filled", async () => {
  using place = new Place();
  const archive = tar(
    { name: "ro/", type: "5", mode: 0o555, uid: 12345 },
    { name: "ro/file", mode: 0o444, uid: 12345 },
  );
  await place.apply(archive, { sameOwner: false });
  assert.deepEqual(
    [lstatSync(place.path("ro")).uid, lstatSync(place.path("ro/file")).uid],
    [self.uid, self.uid],
  );
  assert.equal(lstatSync(place.path("ro")).mode & 0o777, 0o555);
});

test("global PAX headers change nothing", async () => {
  using place = new Place();
  await place.apply(
    Buffer.concat([paxMember({ path: "other", mtime: "5" }, "g"), tar({ name: "a", content: "x" })]),
  );
  assert.deepEqual(place.names(), ["a"]);
  assert.equal(lstatSync(place.path("a")).mtimeMs, 1_600_000_000_000);
});

test("many files in one directory, through one pool, several layers at once", async () => {
  const archive = gzipSync(
    tar(
      { name: "d/", type: "5" },
      ...Array.from({ length: 10_000 }, (_, index) => ({ name: `d/${index}`, content: `${index}` })),
    ),
  );
  const places = [new Place(), new Place(), new Place()];
  try {
    const applied = await Promise.all(places.map((place) => place.apply(archive)));
    for (const [index, place] of places.entries()) {
      assert.equal(applied[index]?.entries, 10_001);
      assert.equal(readdirSync(place.path("d")).length, 10_000);
      assert.equal(readFileSync(place.path("d/9999"), "utf8"), "9999");
    }
  } finally {
    for (const place of places) place[Symbol.dispose]();
  }
});
