import assert from "node:assert/strict";
import { test } from "node:test";
import { uriOf } from "@davit/plugin";
import { isInheritedLabel, SnapshotPlugin, SnapshotsService } from "@davit/snapshots";

test("the tokens are containerd's names", () => {
  assert.equal(SnapshotPlugin, "io.containerd.snapshotter.v1");
  assert.equal(uriOf(SnapshotsService), "io.containerd.service.v1.snapshots-service");
});

test("labels of snapshotters reach the backend, and no others", () => {
  for (const key of ["containerd.io/snapshot.ref", "containerd.io/snapshot/cri.image-ref"])
    assert.equal(isInheritedLabel(key), true, key);
  for (const key of [
    "containerd.io/snapshot.reference",
    "containerd.io/gc.root",
    "my/containerd.io/snapshot/x",
  ])
    assert.equal(isInheritedLabel(key), false, key);
});
