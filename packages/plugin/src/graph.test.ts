import assert from "node:assert/strict";
import { test } from "node:test";
import { all, EveryPlugin, one, optional, reasonOf, type DefinedPlugin } from "@davit/plugin";
import { A, B, C, make, start } from "./testing/plugins.ts";

const orderOf = async (plugins: readonly DefinedPlugin[]): Promise<string[]> => {
  await using set = await start(plugins);
  return set.infos().map(({ uri }) => uri.replace("test.", ""));
};
const reason = (text: string) => (error: unknown) => reasonOf(error) === text;

test("what is required comes first, in the order listed, and plugins of one type in the order given", async () => {
  const plugins = [
    make(C, "1", { b: all(B), a: all(A) }),
    make(A, "1"),
    make(B, "2"),
    make(B, "1", { a: all(A) }),
    make(A, "2"),
  ];
  assert.deepEqual(await orderOf(plugins), ["b.v1.2", "a.v1.1", "a.v1.2", "b.v1.1", "c.v1.1"]);
});

test("the order is the same however long each init takes", async () => {
  const slow = (id: string, ms: number) =>
    make(A, id, {}, async () => {
      await new Promise((resolve) => setTimeout(resolve, ms));
      return { id };
    });
  const plugins = [make(B, "x", { a: all(A) }), slow("1", 30), slow("2", 1), slow("3", 15)];
  assert.deepEqual(await orderOf(plugins), ["a.v1.1", "a.v1.2", "a.v1.3", "b.v1.x"]);
});

test("a requirement by id waits for that plugin and not for its whole type", async () => {
  const ended: string[] = [];
  const hanging = Promise.withResolvers<void>();
  const plugins = [
    make(A, "slow", {}, () => hanging.promise),
    make(A, "named"),
    make(B, "1", { a: one(A, "named") }, () => {
      ended.push("b");
      hanging.resolve();
      return {};
    }),
  ];
  assert.deepEqual(await orderOf(plugins), ["a.v1.slow", "a.v1.named", "b.v1.1"]);
  assert.deepEqual(ended, ["b"]);
});

test("a cycle is refused with the way round", async () => {
  const plugins = [
    make(C, "entry", { a: A }),
    make(A, "a", { b: B }),
    make(B, "b", { c: one(A, "c") }),
    make(A, "c", { b: all(B) }),
  ];
  await assert.rejects(start(plugins), {
    name: "PluginError",
    reason: "cycle",
    message:
      "circular plugin dependency at test.b.v1.b (test.b.v1.b → test.a.v1.c → test.b.v1.b): plugin: dependency loop detected",
  });
});

test("optional requirements order too", async () => {
  assert.deepEqual(await orderOf([make(B, "1", { a: optional(A) }), make(A, "1")]), ["a.v1.1", "b.v1.1"]);
});

test('a plugin that requires "*" comes after every other', async () => {
  const plugins = [make(C, "last", { every: EveryPlugin }), make(A, "1"), make(B, "1", { a: A })];
  assert.deepEqual(await orderOf(plugins), ["a.v1.1", "b.v1.1", "c.v1.last"]);
});

test('"*" gives all instances by URI', async () => {
  const init = (_ctx: unknown, { every }: Readonly<Record<string, unknown>>) => every;
  await using set = await start([make(C, "last", { every: EveryPlugin }, init), make(A, "1")]);
  const every = set.lookUp(C) as ReadonlyMap<string, unknown>;
  assert.deepEqual([...every.keys()], ["test.a.v1.1", "test.c.v1.last"]);
  assert.deepEqual(every.get("test.a.v1.1"), { id: "1" });
});

test("two plugins of one URI are refused", async () => {
  await assert.rejects(start([make(A, "1"), make(A, "1")]), {
    message: "test.a.v1.1: plugin: id already registered",
  });
});

test("what makes no registration is refused where it is defined", () => {
  assert.throws(() => make("" as typeof A, "1"), { message: "1: plugin: no type" });
  assert.throws(() => make(A, ""), { message: "test.a.v1: plugin: no id" });
  assert.throws(() => make(A, "1", { a: A }), {
    message: "test.a.v1.1: it requires its own type: invalid requires",
  });
  assert.throws(() => make(A, "1", { a: all(A) }), reason("invalid requires"));
  assert.throws(() => make(A, "1", { a: one(A, "1") }), reason("invalid requires"));
  assert.throws(() => make(A, "1", { a: one(B, "") }), reason("invalid requires"));
  assert.throws(() => make(A, "1", { every: EveryPlugin, b: B }), reason("invalid requires"));
  assert.throws(() => make(A, "1", { every: optional(EveryPlugin) }), reason("invalid requires"));
  assert.throws(() => make(A, "1", { b: undefined as unknown as typeof B }), {
    message: /no type; do modules import each other\?: invalid requires$/,
  });
});

test("a sibling may be required by id", async () => {
  const plugins = [make(A, "1", { sibling: one(A, "2") }), make(A, "2")];
  assert.deepEqual(await orderOf(plugins), ["a.v1.2", "a.v1.1"]);
});

test("requires are reported as types, in the order listed and each once", async () => {
  const plugin = make(C, "1", { b: one(B, "1"), a: all(A), again: one(B, "2") });
  await using set = await start([plugin, make(B, "1"), make(B, "2")]);
  assert.deepEqual(set.get("test.c.v1.1")?.requires, ["test.b.v1", "test.a.v1"]);
});
