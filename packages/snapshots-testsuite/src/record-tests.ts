import assert from "node:assert/strict";
import { isAlreadyExists, isNotFound } from "@davit/errdefs";
import type { Mount } from "@davit/mount";
import { layer, names, options, type Run } from "./fixture.ts";

/** What a snapshotter remembers: kinds, parents, labels, usage. */
export function recordTests(run: Run): void {
  run("prepare() makes an active snapshot that stat() tells of", async (s) => {
    const mounts = await s.prepare("key", "", options);
    assert.ok(mounts.length > 0);
    const { kind, parent, name } = await s.stat("key", options);
    assert.deepEqual([name, kind, parent], ["key", "active", ""]);
    assert.deepEqual(await s.mounts("key", options), mounts);
  });

  run("view() makes a view, whose mounts are read-only", async (s) => {
    await layer(s, "base");
    const mounts = await s.view("view", "base", options);
    assert.equal((await s.stat("view", options)).kind, "view");
    const writable = ({ options: list }: Mount) => list.some((o) => o === "rw" || o.startsWith("upperdir="));
    assert.equal(mounts.some(writable), false);
    assert.deepEqual(await s.mounts("view", options), mounts);
  });

  run("commit() turns the key into the name, with the commit's labels only", async (s) => {
    await s.prepare("key", "", { ...options, labels: { "containerd.io/snapshot/a": "1" } });
    await s.commit("name", "key", { ...options, labels: { "containerd.io/snapshot/b": "2" } });
    await assert.rejects(s.stat("key", options), isNotFound);
    const { kind, labels, createdAt } = await s.stat("name", options);
    assert.deepEqual([kind, labels], ["committed", { "containerd.io/snapshot/b": "2" }]);
    assert.ok(createdAt > 0n);
  });

  run("a committed snapshot is a parent, an active one of it tells so", async (s) => {
    await layer(s, "base");
    await s.prepare("child", "base", options);
    assert.equal((await s.stat("child", options)).parent, "base");
  });

  run("list() gives all in byte order, and what a filter matches", async (s) => {
    await layer(s, "b");
    await s.prepare("c", "b", { ...options, labels: { "containerd.io/snapshot/x": "1" } });
    await s.view("a", "b", options);
    assert.deepEqual(await names(s), ["a", "b", "c"]);
    assert.deepEqual(await names(s, "kind==committed"), ["b"]);
    assert.deepEqual(await names(s, "parent==b"), ["a", "c"]);
    assert.deepEqual(await names(s, 'labels."containerd.io/snapshot/x"==1'), ["c"]);
    assert.deepEqual(await names(s, "name==a", "name==b"), ["a", "b"]);
  });

  run("update() sets, deletes and replaces labels", async (s) => {
    const key = (name: string) => `containerd.io/snapshot/${name}`;
    await s.prepare("key", "", { ...options, labels: { [key("a")]: "1", [key("b")]: "2" } });
    const one = { ...options, fieldpaths: [`labels.${key("a")}`] };
    const before = await s.stat("key", options);
    const after = await s.update({ name: "key", labels: { [key("a")]: "3" } }, one);
    assert.deepEqual(after.labels, { [key("a")]: "3", [key("b")]: "2" });
    assert.ok(after.updatedAt > before.updatedAt);
    await s.update({ name: "key", labels: { [key("a")]: "" } }, one);
    assert.deepEqual((await s.stat("key", options)).labels, { [key("b")]: "2" });
    await s.update({ name: "key", labels: { [key("c")]: "4" } }, options);
    assert.deepEqual((await s.stat("key", options)).labels, { [key("c")]: "4" });
  });

  run("of several that prepare the same key, or commit to the same name, one succeeds", async (s) => {
    const outcomesOf = async (calls: readonly Promise<unknown>[]) => {
      const results = await Promise.allSettled(calls);
      const failures = results.flatMap((each) =>
        each.status === "rejected" ? [each.reason as unknown] : [],
      );
      for (const failure of failures) assert.ok(isAlreadyExists(failure), String(failure));
      return results.length - failures.length;
    };
    const keys = ["a", "b", "c", "d"];
    assert.equal(await outcomesOf(keys.map(() => s.prepare("key", "", options))), 1);
    for (const key of keys) await s.prepare(key, "", options);
    assert.equal(await outcomesOf(keys.map((key) => s.commit("name", key, options))), 1);
    assert.equal((await names(s)).length, keys.length + 1);
  });

  run("remove() forgets a snapshot, and its key can be used again", async (s) => {
    await s.prepare("key", "", options);
    await s.remove("key", options);
    await assert.rejects(s.stat("key", options), isNotFound);
    await assert.rejects(s.mounts("key", options), isNotFound);
    await s.prepare("key", "", options);
  });

  run("usage() of a view is nothing, of an active snapshot something", async (s) => {
    await layer(s, "base");
    await s.prepare("active", "base", options);
    await s.view("view", "base", options);
    assert.deepEqual(await s.usage("view", options), { sizeBytes: 0n, inodes: 0n });
    assert.ok((await s.usage("active", options)).inodes >= 1n);
    await assert.rejects(s.usage("none", options), isNotFound);
  });

  run("keys may hold spaces, slashes and any letters", async (s) => {
    const key = "extract-123-AbCd sha256:ff/ü";
    await s.prepare(key, "", options);
    await s.commit("sha256:ff", key, options);
    assert.deepEqual(await names(s), ["sha256:ff"]);
  });

  run("many snapshots are prepared at once", async (s) => {
    await layer(s, "base");
    const keys = Array.from({ length: 30 }, (_, i) => `key-${String(i).padStart(2, "0")}`);
    await Promise.all(keys.map((key) => s.prepare(key, "base", options)));
    assert.deepEqual(await names(s, "kind==active"), keys);
  });
}
