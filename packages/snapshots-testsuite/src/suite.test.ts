import assert from "node:assert/strict";
import { test } from "node:test";
import { NotFoundError } from "@davit/errdefs";
import type { Snapshotter } from "@davit/snapshots";
import { snapshotterSuite } from "@davit/snapshots-testsuite";

/** Collects the suite's tests instead of running them. */
function collect(snapshotter: object): { name: string; body: () => Promise<void> }[] {
  const found: { name: string; body: () => Promise<void> }[] = [];
  const closable = {
    ...snapshotter,
    [Symbol.asyncDispose]: async () => undefined,
  } as unknown as Snapshotter & AsyncDisposable;
  snapshotterSuite({
    test: (name, body) => found.push({ name, body }),
    open: async () => closable,
    supports: { rebase: true },
  });
  return found;
}

test("a snapshotter that does nothing fails every test of the suite", async () => {
  const absent = async () => {
    throw new NotFoundError("snapshot");
  };
  const empty = Object.fromEntries(
    ["stat", "update", "usage", "mounts", "prepare", "view", "commit", "remove"].map((name) => [
      name,
      absent,
    ]),
  );
  const tests = collect({ ...empty, list: async function* list() {} });
  assert.ok(tests.length > 15);
  for (const { name, body } of tests) await assert.rejects(body, `"${name}" passed`);
});

test("tests have names of their own", () => {
  const names = collect({}).map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
});
