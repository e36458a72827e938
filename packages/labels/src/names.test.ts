import assert from "node:assert/strict";
import { test } from "node:test";
import * as names from "@davit/labels";

test("the names built from a part are containerd's", () => {
  assert.equal(names.gcRefLayer(0), "containerd.io/gc.ref.content.l.0");
  assert.equal(names.gcRefManifest(3), "containerd.io/gc.ref.content.m.3");
  assert.equal(names.gcRefContent(1), "containerd.io/gc.ref.content.1");
  assert.equal(names.gcRefSnapshot("overlayfs"), "containerd.io/gc.ref.snapshot.overlayfs");
  assert.equal(names.distributionSource("docker.io"), "containerd.io/distribution.source.docker.io");
});

test("every constant is a name of containerd's", () => {
  const constants = Object.entries(names).filter(([name]) => /^(LABEL|SNAPSHOT)_/.test(name));
  for (const [name, value] of constants) assert.ok(String(value).startsWith("containerd.io/"), name);
  assert.equal(new Set(constants.map(([, value]) => value)).size, constants.length);
});

test("snapshot labels reach the snapshotter, others do not", () => {
  for (const key of [
    "containerd.io/snapshot.ref",
    "containerd.io/snapshot/diff-id",
    "containerd.io/snapshot/x",
  ])
    assert.ok(names.isInheritedSnapshotLabel(key), key);
  for (const key of ["containerd.io/snapshot.refs", "containerd.io/gc.root", "a"])
    assert.ok(!names.isInheritedSnapshotLabel(key), key);
});

test("containerd's own labels are reserved", () => {
  for (const key of ["containerd.io/gc.root", "io.cri-containerd.kind"])
    assert.ok(names.isReservedLabel(key), key);
  for (const key of ["org.example", "containerd.iox"]) assert.ok(!names.isReservedLabel(key), key);
});
