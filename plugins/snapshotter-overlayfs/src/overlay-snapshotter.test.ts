import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { OverlaySnapshotter } from "@davit/plugin-snapshotter-overlayfs";
import { snapshotterSuite } from "@davit/snapshots-testsuite";

const root = process.getuid?.() === 0;

async function open(): Promise<OverlaySnapshotter> {
  const dir = await mkdtemp(join(tmpdir(), "davit-overlayfs-"));
  const snapshotter = await OverlaySnapshotter.open(join(dir, "root"));
  const close = snapshotter[Symbol.asyncDispose].bind(snapshotter);
  snapshotter[Symbol.asyncDispose] = async () => {
    await close();
    await rm(dir, { recursive: true });
  };
  return snapshotter;
}

if (!root) test("the suite makes owners and mounts", { skip: "needs root" }, () => undefined);
else
  snapshotterSuite({
    test,
    open,
    supports: { rebase: true, refusesOtherParent: true, cleanup: true, mounts: true },
  });
