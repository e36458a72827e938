import assert from "node:assert/strict";
import { isAlreadyExists, isFailedPrecondition, isInvalidArgument, isNotFound } from "@davit/errdefs";
import { layer, names, options, type Run, type Supports } from "./fixture.ts";

/** What a snapshotter refuses, and as what. */
export function refusalTests(run: Run, supports: Supports): void {
  run("a key or name in use is AlreadyExists", async (s) => {
    await layer(s, "base");
    await s.prepare("key", "base", options);
    await assert.rejects(s.prepare("key", "", options), isAlreadyExists);
    await assert.rejects(s.view("base", "", options), isAlreadyExists);
    await assert.rejects(s.commit("base", "key", options), isAlreadyExists);
  });

  run("a parent that is absent is NotFound, one that is not committed InvalidArgument", async (s) => {
    await s.prepare("active", "", options);
    await assert.rejects(s.prepare("key", "none", options), isNotFound);
    await assert.rejects(s.prepare("key", "active", options), isInvalidArgument);
    await assert.rejects(s.view("key", "active", options), isInvalidArgument);
    assert.deepEqual(await names(s), ["active"]);
  });

  run("commit() of what is absent is NotFound, of what is not active FailedPrecondition", async (s) => {
    await layer(s, "base");
    await s.view("view", "base", options);
    await assert.rejects(s.commit("x", "none", options), isNotFound);
    await assert.rejects(s.commit("x", "view", options), isFailedPrecondition);
    await assert.rejects(s.commit("x", "base", options), isFailedPrecondition);
  });

  run("mounts() of a committed snapshot is FailedPrecondition", async (s) => {
    await layer(s, "base");
    await assert.rejects(s.mounts("base", options), isFailedPrecondition);
  });

  run("remove() of a snapshot with children fails until they are gone", async (s) => {
    await layer(s, "base");
    await s.prepare("child", "base", options);
    await assert.rejects(s.remove("base", options), isFailedPrecondition);
    await s.remove("child", options);
    await s.remove("base", options);
    assert.deepEqual(await names(s), []);
  });

  run("remove() and update() of what is absent are NotFound; other fields are InvalidArgument", async (s) => {
    await assert.rejects(s.remove("none", options), isNotFound);
    await assert.rejects(s.update({ name: "none", labels: {} }, options), isNotFound);
    await s.prepare("key", "", options);
    await assert.rejects(
      s.update({ name: "key", labels: {} }, { ...options, fieldpaths: ["parent"] }),
      isInvalidArgument,
    );
  });

  if (supports.rebase)
    run("commit() with a parent re-bases a snapshot that has none", async (s) => {
      await layer(s, "base");
      await s.prepare("key", "", options);
      await s.commit("name", "key", { ...options, parent: "base" });
      assert.equal((await s.stat("name", options)).parent, "base");
      await s.prepare("other", "", options);
      await assert.rejects(s.commit("x", "other", { ...options, parent: "none" }), isNotFound);
    });

  if (supports.refusesOtherParent)
    run("commit() with another parent than the snapshot has is InvalidArgument", async (s) => {
      await layer(s, "one");
      await layer(s, "two");
      await s.prepare("key", "one", options);
      await assert.rejects(s.commit("x", "key", { ...options, parent: "two" }), isInvalidArgument);
    });

  if (supports.cleanup)
    run("cleanup() leaves what is in use alone", async (s) => {
      await layer(s, "base");
      const mounts = await s.prepare("key", "base", options);
      await s.prepare("gone", "base", options);
      await s.remove("gone", options);
      await s.cleanup?.(options);
      assert.deepEqual(await s.mounts("key", options), mounts);
      await s.prepare("again", "base", options);
    });
}
