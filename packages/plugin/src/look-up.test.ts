import assert from "node:assert/strict";
import { test } from "node:test";
import { all, one, optional, SkipPluginError, type Requirable } from "@davit/plugin";
import { A, B, errorOf, make, start } from "./testing/plugins.ts";

const boom = () => {
  throw new Error("boom");
};
const skip = () => {
  throw new SkipPluginError("no disk");
};

/** Starts plugins of type A beside a consumer; returns what the consumer was given, or why it is not loaded. */
async function given(requirement: Requirable, ...plugins: ReturnType<typeof make>[]): Promise<unknown> {
  const consumer = make(B, "consumer", { it: requirement }, (_ctx, { it }) => ({ it }));
  await using set = await start([...plugins, consumer]);
  const { state, instance } = set.get("test.b.v1.consumer") ?? {};
  return state === "loaded"
    ? (instance as { it: unknown }).it
    : `${state}: ${errorOf(set, "test.b.v1.consumer")}`;
}

test("the single plugin of a type is given itself", async () => {
  assert.deepEqual(await given(A, make(A, "1")), { id: "1" });
});

test("no plugin of the type fails the consumer", async () => {
  assert.equal(await given(A), "failed: no plugins registered for test.a.v1: plugin: not found");
});

test("two plugins of the type fail the consumer of a single one", async () => {
  const text = "failed: multiple plugins registered for test.a.v1: plugin: multiple instances";
  assert.equal(await given(A, make(A, "1"), make(A, "2")), text);
});

test("a skipped plugin does not count", async () => {
  assert.deepEqual(await given(A, make(A, "1", {}, skip), make(A, "2")), { id: "2" });
  assert.equal(
    await given(A, make(A, "1", {}, skip)),
    "failed: no plugins registered for test.a.v1: plugin: not found",
  );
});

test("a failed plugin fails the consumer with its own error, also beside a good one", async () => {
  assert.equal(await given(A, make(A, "1", {}, boom)), "failed: boom");
  assert.equal(await given(A, make(A, "1"), make(A, "2", {}, boom)), "failed: boom");
});

test("a plugin is given by id among others of its type", async () => {
  assert.deepEqual(await given(one(A, "2"), make(A, "1"), make(A, "2")), { id: "2" });
  assert.deepEqual(await given({ type: A, id: "1" }, make(A, "1"), make(A, "2", {}, boom)), { id: "1" });
});

test("an absent id fails the consumer", async () => {
  const text = "failed: no plugins registered for test.a.v1.3: plugin: not found";
  assert.equal(await given(one(A, "3"), make(A, "1")), text);
});

test("who requires a failed plugin by id fails with its error, a skipped one is skipped with its reason", async () => {
  assert.equal(await given(one(A, "1"), make(A, "1", {}, boom)), "failed: boom");
  assert.equal(await given(one(A, "1"), make(A, "1", {}, skip)), "skipped: no disk: skip plugin");
});

test("an optional plugin is undefined when there is none or it was skipped", async () => {
  assert.equal(await given(optional(A)), undefined);
  assert.equal(await given(optional(A), make(A, "1", {}, skip)), undefined);
  assert.equal(await given(optional({ type: A, id: "1" }), make(A, "1", {}, skip)), undefined);
  assert.equal(await given(optional({ type: A, id: "3" }), make(A, "1")), undefined);
  assert.deepEqual(await given(optional(A), make(A, "1")), { id: "1" });
  assert.deepEqual(await given(optional({ type: A, id: "1" }), make(A, "1"), make(A, "2")), { id: "1" });
});

test("an optional plugin that failed fails the consumer", async () => {
  assert.equal(await given(optional(A), make(A, "1", {}, boom)), "failed: boom");
});

test("the map of a type holds what is loaded; what failed or was skipped is absent and fails no one", async () => {
  const seen: unknown[] = [];
  const consumer = make(B, "1", { every: all(A) }, (_ctx, { every }) => {
    const map = every as ReadonlyMap<string, { id: string }>;
    seen.push(map.size, [...map], [...map.keys()], [...map.values()], map.has("failed"), map.get("failed"));
    map.forEach(({ id }, key) => seen.push(`${key}=${id}`));
    return {};
  });
  const plugins = [make(A, "1"), make(A, "failed", {}, boom), make(A, "skipped", {}, skip), make(A, "2")];
  await using set = await start([...plugins, consumer]);
  assert.equal(set.get("test.b.v1.1")?.state, "loaded");
  const pairs = [
    ["1", { id: "1" }],
    ["2", { id: "2" }],
  ];
  assert.deepEqual(seen, [2, pairs, ["1", "2"], [{ id: "1" }, { id: "2" }], false, undefined, "1=1", "2=2"]);
});

test("the map is live: it is empty once its plugins are closed, and an empty one fails no one", async () => {
  const set = await start([make(A, "1"), make(B, "1", { every: all(A) }, (_ctx, { every }) => every)]);
  const map = set.lookUp(B) as ReadonlyMap<string, unknown>;
  assert.equal(map.size, 1);
  await set[Symbol.asyncDispose]();
  assert.deepEqual([map.size, map.get("1")], [0, undefined]);
  assert.equal(((await given(all(A))) as ReadonlyMap<string, unknown>).size, 0);
});

test("the host program looks up as plugins do", async () => {
  await using set = await start([make(A, "1"), make(A, "2", {}, boom), make(B, "1")]);
  assert.deepEqual(set.lookUp(B), { id: "1" });
  assert.deepEqual(set.lookUp(one(A, "1")), { id: "1" });
  assert.throws(() => set.lookUp(A), { message: "boom" });
  assert.deepEqual(
    set.loaded().map(({ uri }) => uri),
    ["test.a.v1.1", "test.b.v1.1"],
  );
});
