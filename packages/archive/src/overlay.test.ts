// The same layers, applied naively one over the other, and as upper directories of a real overlayfs: what one sees is the same.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { applyLayer } from "@davit/archive";
import { isSystemError, mount, MountFlag, umount } from "@davit/sys";
import { describe, needsRoot, temporary } from "./testing/fixture.ts";
import { tar } from "./testing/tar.ts";

const at = (mtime: string) => ({ pax: { mtime } });
const LAYERS = [
  tar(
    { name: "etc/", type: "5", ...at("1000.123456789") },
    { name: "etc/passwd", content: "root", mode: 0o600, uid: 1, ...at("5.5") },
    { name: "etc/old", content: "old" },
    { name: "opaque/", type: "5", mode: 0o700 },
    { name: "opaque/sub/below", content: "hidden" },
    { name: "replaced/", type: "5" },
    { name: "replaced/child" },
    { name: "was-file", content: "x" },
    { name: "gone/deep/er" },
    { name: "link", type: "2", linkName: "etc/passwd" },
  ),
  tar(
    { name: "etc/", type: "5", mode: 0o751, ...at("2000.5") },
    { name: "etc/.wh.old" },
    { name: "etc/new", content: "new" },
    { name: "etc/hard", type: "1", linkName: "etc/new" },
    { name: "opaque/", type: "5", mode: 0o710 },
    { name: "opaque/.wh..wh..opq" },
    { name: "opaque/sub/mine", content: "mine" },
    { name: "replaced", content: "a file now" },
    { name: ".wh.was-file" },
    { name: "was-file/", type: "5" },
    { name: "was-file/inside" },
    { name: ".wh.gone" },
    { name: "link", type: "2", linkName: "elsewhere" },
  ),
  tar(
    { name: "gone/", type: "5" },
    { name: "gone/again" },
    { name: "opaque/sub/.wh.mine" },
    { name: "etc/passwd", content: "changed" },
  ),
];

test("layers in an overlay look like layers applied over each other", { skip: needsRoot }, async (t) => {
  using dir = temporary();
  const path = (name: string) => join(dir.path, name);
  for (const name of ["disk", "merged"]) mkdirSync(path(name));
  mount({ source: "none", target: path("disk"), fsType: "tmpfs" }); // an overlay's upper may not be an overlay
  try {
    mkdirSync(path("disk/naive"));
    const uppers: string[] = [];
    for (const [index, layer] of LAYERS.entries()) {
      const [file, upper] = [path(`layer${index}`), path(`disk/upper${index}`)];
      writeFileSync(file, layer);
      mkdirSync(upper);
      await applyLayer({ source: { path: file }, root: path("disk/naive"), mode: "naive" });
      await applyLayer({ source: { path: file }, root: upper, mode: "overlay", parents: uppers });
      uppers.unshift(upper);
    }
    try {
      mount({
        source: "overlay",
        target: path("merged"),
        fsType: "overlay",
        flags: MountFlag.MS_RDONLY,
        data: `lowerdir=${uppers.join(":")}`,
      });
    } catch (error) {
      if (isSystemError(error, "ENODEV", "EPERM")) return t.skip("overlayfs is absent");
      throw error;
    }
    try {
      assert.deepEqual(visible(path("merged")), visible(path("disk/naive")));
    } finally {
      umount(path("merged"));
    }
  } finally {
    umount(path("disk"));
  }
});

/** A tree as programs see it: directories that were written to have whatever time that was. */
function visible(root: string): Record<string, unknown> {
  const written = new Set(["etc", "opaque/sub", "gone"]);
  return Object.fromEntries(
    Object.entries(describe(root)).map(([name, facts]) => [
      name,
      written.has(name) ? { ...(facts as object), mtimeNs: "" } : facts,
    ]),
  );
}
