// Archives made to do harm. Each either stays within its root or is refused, and what is outside stays as it is.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, lstatSync, mkdirSync, openSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { applyLayer, type ApplyLayerRequest } from "@davit/archive";
import {
  isDataLoss,
  isInvalidArgument,
  isNotFound,
  isPermissionDenied,
  isResourceExhausted,
} from "@davit/errdefs";
import { mount, umount } from "@davit/sys";
import { fails, needsRoot, Place, temporary } from "./testing/fixture.ts";
import { base256, END, gnuLong, member, paxMember, paxRecord, tar, type Member } from "./testing/tar.ts";

/** Applies an archive that is harmless in the end: these are the names it may leave. */
function staysInside(what: string, members: readonly Member[], names: readonly string[]): void {
  test(`${what} stays inside`, async () => {
    using place = new Place();
    const before = place.neighbour();
    await place.apply(tar(...members));
    assert.deepEqual(place.names(), names);
    assert.equal(place.neighbour(), before);
  });
}

interface Refusal {
  readonly archive: Uint8Array | readonly Member[];
  readonly kind: (error: unknown) => boolean;
  readonly message: RegExp;
  readonly request?: Partial<ApplyLayerRequest>;
}

/** Applies an archive that is refused. */
function isRefused(what: string, { archive, kind, message, request }: Refusal): void {
  test(`${what} is refused`, async () => {
    using place = new Place();
    const before = place.neighbour();
    const layer = archive instanceof Uint8Array ? archive : tar(...archive);
    await fails(place.apply(layer, request), kind, message);
    assert.equal(place.neighbour(), before);
  });
}

const escape: Member = { name: "out", type: "2", linkName: "../outside" };

staysInside(
  "a name with ..",
  [{ name: "../../outside/secret", content: "x" }, { name: "a/../../b" }],
  ["b", "outside/", "outside/secret"],
);
staysInside("an absolute name", [{ name: "/etc/passwd", content: "x" }], ["etc/", "etc/passwd"]);
staysInside(
  "a name that is nothing but ..",
  [{ name: "..", type: "5" }, { name: "../..", content: "x" }, { name: "" }],
  [],
);
staysInside(
  "a link out of the root, written through,",
  [escape, { name: "out/secret", content: "x" }],
  ["out", "outside/", "outside/secret"],
);
staysInside(
  "an absolute link, written through,",
  [
    { name: "out", type: "2", linkName: "/" },
    { name: "out/secret", content: "x" },
  ],
  ["out", "secret"],
);
staysInside("a link out of the root, replaced by a file,", [escape, { name: "out", content: "x" }], ["out"]);
staysInside(
  "a link out of the root, replaced by a directory,",
  [escape, { name: "out/", type: "5", mode: 0o777 }, { name: "out/secret" }],
  ["out/", "out/secret"],
);
staysInside("a link out of the root, whited out,", [escape, { name: ".wh.out" }], []);
staysInside(
  "a whiteout through a link out of the root",
  [escape, { name: "out/.wh.secret" }],
  ["out", "outside/"],
);
staysInside(
  "an opaque marker through a link out of the root",
  [escape, { name: "out/.wh..wh..opq" }],
  ["out", "outside/"],
);
staysInside(
  "a link of links out of the root",
  [
    { name: "a", type: "2", linkName: ".." },
    { name: "b", type: "2", linkName: "a/../a/outside" },
    { name: "b/secret", content: "x" },
  ],
  ["a", "b", "outside/", "outside/secret"],
);
staysInside("a fifo or link over a link out of the root", [escape, { name: "out", type: "6" }], ["out"]);
staysInside(
  "a hard link to a link out of the root, written over,",
  [escape, { name: "hard", type: "1", linkName: "out" }, { name: "hard", content: "x" }],
  ["hard", "out"],
);

isRefused("a hard link out of the root", {
  archive: [{ name: "a", type: "1", linkName: "../outside/secret" }],
  kind: isNotFound,
  message: /member "a": hard link to "\.\.\/outside\/secret": not found/,
});
isRefused("a hard link to an absolute name that exists outside only", {
  archive: [{ name: "a", type: "1", linkName: "/etc/passwd" }],
  kind: isNotFound,
  message: /hard link to/,
});
isRefused("a hard link through a link out of the root", {
  archive: [escape, { name: "a", type: "1", linkName: "out/secret" }],
  kind: isNotFound,
  message: /hard link to "out\/secret"/,
});
isRefused("a hard link to itself", {
  archive: [{ name: "a" }, { name: "./a", type: "1", linkName: "a" }],
  kind: isInvalidArgument,
  message: /member "\.\/a": hard link to itself/,
});
isRefused("a circle of hard links", {
  archive: [
    { name: "a", type: "1", linkName: "b" },
    { name: "b", type: "1", linkName: "a" },
  ],
  kind: isNotFound,
  message: /hard link to "b"/,
});
isRefused("a hard link to a directory or to the root", {
  archive: [
    { name: "d/", type: "5" },
    { name: "a", type: "1", linkName: "d/" },
  ],
  kind: isInvalidArgument,
  message: /hard link to the directory "d\/"/,
});
isRefused("a hard link to ..", {
  archive: [{ name: "a", type: "1", linkName: ".." }],
  kind: isNotFound,
  message: /hard link to "\.\."/,
});
isRefused("a circle of symbolic links in a path", {
  archive: [
    { name: "a", type: "2", linkName: "b" },
    { name: "b", type: "2", linkName: "a" },
    { name: "a/file" },
  ],
  kind: isInvalidArgument,
  message: /member "a\/file": too many symbolic links/,
});
isRefused("a path through a file", {
  archive: [{ name: "a" }, { name: "a/b" }],
  kind: isInvalidArgument,
  message: /a is not a directory/,
});
isRefused("a symbolic link without a target", {
  archive: [{ name: "a", type: "2" }],
  kind: isInvalidArgument,
  message: /without a target/,
});
isRefused("a name too long for the kernel", {
  archive: Buffer.concat([gnuLong("L", "n".repeat(300)), member({ name: "x", magic: "gnu" }), END]),
  kind: isInvalidArgument,
  message: /ENAMETOOLONG/,
});

isRefused("a wrong checksum", {
  archive: [{ name: "a" }, { name: "b", checksum: 12345 }],
  kind: isDataLoss,
  message: /behind member "a": tar header has a wrong checksum/,
});
isRefused("what is no archive", {
  archive: Buffer.alloc(2048, "not a tar"),
  kind: isDataLoss,
  message: /before the first member: not a tar header/,
});
isRefused("a truncated header", {
  archive: tar({ name: "a" }).subarray(0, 300),
  kind: isDataLoss,
  message: /ends within a header/,
});
isRefused("a truncated member", {
  archive: tar({ name: "a", content: "x".repeat(2000) }).subarray(0, 1500),
  kind: isDataLoss,
  message: /member "a": tar archive ends within a file/,
});
isRefused("an extended header with nothing behind it", {
  archive: Buffer.concat([paxMember({ path: "a" }), END]),
  kind: isDataLoss,
  message: /ends within a header/,
});
isRefused("a zero block between members", {
  archive: Buffer.concat([member({ name: "a" }), Buffer.alloc(512), member({ name: "b" })]),
  kind: isDataLoss,
  message: /zero block between members/,
});
isRefused("a truncated gzip", {
  archive: gzipSync(tar({ name: "a" })).subarray(0, -9),
  kind: isDataLoss,
  message: /gzip data is damaged or ends early.*unexpected end of file/,
});
isRefused("a damaged gzip", {
  archive: (() => {
    const bytes = gzipSync(tar({ name: "a", content: "x".repeat(5000) }));
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 6) ^ 0xff, bytes.length - 6);
    return bytes;
  })(),
  kind: isDataLoss,
  message: /incorrect data check/,
});
isRefused("a truncated zstd", {
  archive: zstdCompressSync(tar({ name: "a" })).subarray(0, -3),
  kind: isDataLoss,
  message: /zstd data is damaged or ends early/,
});

isRefused("a negative size", {
  archive: [{ name: "a", size: base256(-512n, 12) }],
  kind: isInvalidArgument,
  message: /size is negative/,
});
isRefused("a giant size", {
  archive: [{ name: "a", size: base256(2n ** 62n, 12) }],
  kind: isInvalidArgument,
  message: /size is out of range/,
});
isRefused("a size beyond the limit", {
  archive: [{ name: "a", size: 0o77777777777 * 8 }],
  kind: isResourceExhausted,
  message: /member "a".*more than 100000 bytes/,
  request: { limits: { maxBytes: 100_000 } },
});
isRefused("a giant size in an extended header", {
  archive: [{ name: "a", pax: { size: "9".repeat(19) } }],
  kind: isInvalidArgument,
  message: /size is out of range/,
});
isRefused("a negative size in an extended header", {
  archive: [{ name: "a", pax: { size: "-1" } }],
  kind: isInvalidArgument,
  message: /size is negative/,
});
isRefused("a number that is none", {
  archive: [{ name: "a", patch: [[108, "12x4567\0"]] }],
  kind: isInvalidArgument,
  message: /field uid is not an octal number/,
});
isRefused("a negative owner", {
  archive: [{ name: "a", patch: [[108, base256(-1n, 8)]] }],
  kind: isInvalidArgument,
  message: /owner -1 is no id/,
});
isRefused("the owner that means none", {
  archive: [{ name: "a", pax: { uid: "4294967295" } }],
  kind: isInvalidArgument,
  message: /owner 4294967295 is no id/,
});
isRefused("an unknown type", {
  archive: [{ name: "a", type: "V" }],
  kind: isInvalidArgument,
  message: /unhandled tar header type 86/,
});
isRefused("a device number beyond 32 bits", {
  archive: [{ name: "a", type: "3", major: 5000 }],
  kind: isInvalidArgument,
  message: /device number 5000:0 does not fit/,
});
isRefused("an extended header of more than a mebibyte", {
  archive: [{ name: "a", pax: { comment: "x".repeat(1 << 20) } }],
  kind: isResourceExhausted,
  message: /tar extended header of \d+ bytes/,
});
for (const [what, body] of [
  ["without a length", "path=x\n"],
  ["with a length beyond its end", "99 path=x\n"],
  ["without a newline", "8 path=xx"],
  ["without a key", "5 =x\n"],
  ["with a length of zero", "0 path=x\n"],
] as const)
  isRefused(`an extended header ${what}`, {
    archive: Buffer.concat([member({ name: "pax", type: "x", content: body }), tar({ name: "a" })]),
    kind: isInvalidArgument,
    message: /PAX record is malformed/,
  });
isRefused("a NUL in a name", {
  archive: Buffer.concat([
    member({ name: "pax", type: "x", content: paxRecord("path", "a\0b") }),
    tar({ name: "a" }),
  ]),
  kind: isInvalidArgument,
  message: /PAX record path contains a NUL/,
});
isRefused("a time that is none", {
  archive: [{ name: "a", pax: { mtime: "tomorrow" } }],
  kind: isInvalidArgument,
  message: /PAX record mtime is not a time/,
});

const bomb = Buffer.alloc(4 << 20);
for (const [name, compress] of [
  ["gzip", gzipSync],
  ["zstd", zstdCompressSync],
] as const)
  isRefused(`a ${name} bomb`, {
    archive: compress(tar({ name: "zeros", content: bomb })),
    kind: isResourceExhausted,
    message: /more than 1000000 bytes/,
    request: { limits: { maxBytes: 1_000_000 } },
  });
isRefused("a bomb behind the end mark", {
  archive: gzipSync(Buffer.concat([END, bomb])),
  kind: isResourceExhausted,
  message: /more than 1000000 bytes uncompressed/,
  request: { limits: { maxBytes: 1_000_000 } },
});
isRefused("a file that is one giant hole", {
  archive: [{ name: "a", pax: { "GNU.sparse.size": "1000000000000", "GNU.sparse.map": "0,0" } }],
  kind: isResourceExhausted,
  message: /files of more than/,
});
isRefused("an archive of too many members", {
  archive: Array.from({ length: 11 }, (_, index) => ({ name: `${index}` })),
  kind: isResourceExhausted,
  message: /more than 10 members/,
  request: { limits: { maxEntries: 10 } },
});
for (const [what, map] of [
  ["out of order", "100,10,50,10"],
  ["beyond the file", "990,20"],
  ["that overflows", "9007199254740000,9007199254740000"],
  ["of an odd count", "1,2,3"],
  ["larger than the data", "0,500"],
] as const)
  isRefused(`a sparse map ${what}`, {
    archive: [
      { name: "a", content: "x".repeat(20), pax: { "GNU.sparse.size": "1000", "GNU.sparse.map": map } },
    ],
    kind: isInvalidArgument,
    message: /sparse|out of range/,
  });
isRefused("a sparse format nobody knows", {
  archive: [
    { name: "a", pax: { "GNU.sparse.major": "2", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "1" } },
  ],
  kind: isInvalidArgument,
  message: /sparse format 2\.0 is not supported/,
});
isRefused("a sparse map that never ends", {
  archive: [
    {
      name: "a",
      content: "9\n".padEnd(512, "1\n"),
      pax: { "GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "1" },
    },
  ],
  kind: isInvalidArgument,
  message: /sparse map/,
});

test("links that were in the tree before are not followed out of it either", async () => {
  using place = new Place();
  const before = place.neighbour();
  symlinkSync("../outside", place.path("relative"));
  symlinkSync(place.outside, place.path("absolute"));
  mkdirSync(place.path("d"));
  symlinkSync("../../outside/secret", place.path("d/file"));
  await place.apply(
    tar(
      { name: "relative/secret", content: "x" },
      { name: "absolute/secret" },
      { name: "d/file", content: "x" },
      { name: "d/.wh..wh..opq" },
    ),
  );
  assert.equal(place.neighbour(), before);
  assert.equal(place.read("d/file"), "x");
  assert.ok(lstatSync(place.path("outside/secret")).isFile());
});

test("attributes of a symbolic link are not given to what it points to", { skip: needsRoot }, async () => {
  using place = new Place();
  const before = place.neighbour();
  await place.apply(
    tar(
      { ...escape, linkName: "../outside/secret", mode: 0o777, uid: 99, gid: 99, mtime: 5 },
      { name: "hard", type: "1", linkName: "out", mode: 0o777, uid: 98 },
    ),
  );
  assert.equal(place.neighbour(), before);
  assert.equal(lstatSync(place.path("out")).uid, 98);
});

test(
  "a full disk is ResourceExhausted, and the worker goes on to the next layer",
  { skip: needsRoot },
  async () => {
    using dir = temporary();
    const [disk, layer] = [join(dir.path, "disk"), join(dir.path, "layer")];
    mkdirSync(disk);
    writeFileSync(
      layer,
      gzipSync(tar({ name: "first", content: "x" }, { name: "big", content: Buffer.alloc(4 << 20, 1) })),
    );
    mount({ source: "none", target: disk, fsType: "tmpfs", data: "size=1m" });
    try {
      await fails(
        applyLayer({ source: { path: layer }, root: disk, mode: "naive" }),
        isResourceExhausted,
        /member "big".*ENOSPC/,
      );
    } finally {
      umount(disk); // EBUSY if the worker still held the file
    }
    await applyLayer({ source: { path: layer }, root: disk, mode: "naive" });
  },
);

test("a device without privilege is PermissionDenied by name", { skip: needsRoot }, () => {
  using place = new Place();
  writeFileSync(join(place.root, "layer"), tar({ name: "dev/null", type: "3", major: 1, minor: 3 }));
  const source = `const { applyLayer } = await import(${JSON.stringify(new URL("./index.js", import.meta.url).href)});
    const fs = await import("node:fs"), root = fs.mkdtempSync("/tmp/davit-archive-"), copy = root + "/layer";
    fs.copyFileSync(${JSON.stringify(join(place.root, "layer"))}, copy); fs.chownSync(root, 65534, 65534);
    process.setgid(65534); process.setuid(65534);
    await applyLayer({ source: { path: copy }, root, mode: "naive", sameOwner: false }).catch((error) => console.log(error.name, error.message));
    fs.rmSync(root, { recursive: true });`;
  const ran = spawnSync(process.execPath, ["--input-type=module", "-e", source], { encoding: "utf8" });
  assert.match(ran.stdout, /^PermissionDeniedError member "dev\/null".*EPERM/, ran.stderr);
  assert.ok(!isPermissionDenied(undefined));
});

test("after a failure no descriptor is left open", async () => {
  using place = new Place();
  const probe = openSync("/dev/null", "r");
  closeSync(probe);
  for (let round = 0; round < 20; round++)
    await place
      .apply(tar({ name: `f${round}`, content: "x".repeat(2000) }).subarray(0, 1500))
      .catch(() => undefined);
  const after = openSync("/dev/null", "r");
  closeSync(after);
  assert.ok(after - probe < 10, `${probe} → ${after}`);
});
