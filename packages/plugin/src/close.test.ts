import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { all } from "@davit/plugin";
import { A, B, C, make, start, states } from "./testing/plugins.ts";

test("plugins are closed in reverse of their load order, one at a time, each instance before its effects", async () => {
  const events: string[] = [];
  const closing = (type: typeof A, id: string, requires = {}) =>
    make(type, id, requires, async (ctx) => {
      for (const n of [1, 2])
        ctx.effect(() => async () => void (await sleep(2), events.push(`${id}: effect ${n}`)));
      await sleep(id === "x" ? 20 : 1); // The one that loads last is not the last in the order.
      return {
        async [Symbol.asyncDispose]() {
          events.push(`${id}: begin`);
          await sleep(5);
          events.push(`${id}: end`);
        },
      };
    });
  const set = await start([closing(A, "x"), closing(A, "y"), closing(B, "z", { every: all(A) })]);
  await set[Symbol.asyncDispose]();
  const of = (id: string) => [`${id}: begin`, `${id}: end`, `${id}: effect 2`, `${id}: effect 1`];
  assert.deepEqual(events, [...of("z"), ...of("y"), ...of("x")]);
  assert.deepEqual(states(set), ["test.a.v1.x: disposed", "test.a.v1.y: disposed", "test.b.v1.z: disposed"]);
});

test("an instance is closed by its asynchronous disposer, else its disposer, else close()", async () => {
  const events: string[] = [];
  const method = (name: string) => () => void events.push(name);
  const ways = {
    [Symbol.asyncDispose]: method("async"),
    [Symbol.dispose]: method("sync"),
    close: method("close"),
  };
  const { [Symbol.asyncDispose]: _, ...two } = ways;
  const callable = Object.assign(() => {}, { close: method("of a function") });
  const plugins = [ways, two, { close: ways.close }, callable, undefined, null, 7].map((instance, index) =>
    make(A, `${index}`, {}, () => instance),
  );
  const set = await start(plugins);
  await set[Symbol.asyncDispose]();
  assert.deepEqual(events, ["of a function", "close", "sync", "async"]);
});

test("whatever throws, all others are closed, and every error is told", async () => {
  const events: string[] = [];
  const plugins = ["1", "2", "3"].map((id) =>
    make(A, id, {}, (ctx) => {
      ctx.effect(() => () => void events.push(`${id}: effect`));
      ctx.effect(() => () => Promise.reject(new Error(`effect of ${id}`)));
      return {
        close() {
          events.push(`${id}: close`);
          if (id === "2") throw new Error(`instance of ${id}`);
        },
      };
    }),
  );
  const set = await start(plugins);
  await assert.rejects(set[Symbol.asyncDispose](), (error: AggregateError) => {
    const causes = error.errors.map((each: Error) => `${each.message}: ${(each.cause as Error).message}`);
    assert.deepEqual(causes, [
      "failed to close test.a.v1.3: effect of 3",
      "failed to close test.a.v1.2: instance of 2",
      "failed to close test.a.v1.2: effect of 2",
      "failed to close test.a.v1.1: effect of 1",
    ]);
    return true;
  });
  assert.deepEqual(events, ["3: close", "3: effect", "2: close", "2: effect", "1: close", "1: effect"]);
});

test("a disposer that hangs is given up after closeTimeoutMs", async () => {
  let closed = false;
  const plugins = [
    make(A, "1", {}, () => ({ close: () => (closed = true) })),
    make(B, "1", {}, () => ({ close: () => new Promise(() => {}) })),
  ];
  const set = await start(plugins, { closeTimeoutMs: 20 });
  await assert.rejects(set[Symbol.asyncDispose](), (error: AggregateError) => {
    assert.match(String((error.errors[0] as Error).cause), /closing has not ended within 20 ms/);
    return true;
  });
  assert.ok(closed);
});

test("closing twice closes once, and both wait for the end", async () => {
  let count = 0;
  const close = async () => {
    await sleep(10);
    count++;
  };
  const set = await start([make(A, "1", {}, () => ({ close }))]);
  await Promise.all([set[Symbol.asyncDispose](), set[Symbol.asyncDispose]()]);
  assert.equal(count, 1);
});

test("an instance that came from another plugin is closed with that one only", async () => {
  const events: string[] = [];
  const plugins = [
    make(A, "1", {}, () => ({ close: () => events.push("store") })),
    make(B, "1", { a: A }, (_ctx, { a }) => a),
    make(C, "1", { a: A }, () => ({ close: () => events.push("user") })),
  ];
  const set = await start(plugins);
  assert.equal(set.lookUp(B), set.lookUp(A));
  await set[Symbol.asyncDispose]();
  assert.deepEqual(events, ["user", "store"]);
});

test("the signal of a plugin is aborted when its own closing begins, not before", async () => {
  const events: string[] = [];
  const plugin = (type: typeof A, requires = {}) =>
    make(type, "1", requires, ({ signal }) => {
      signal.addEventListener("abort", () => events.push(`${type}: abort`));
      return { close: () => events.push(`${type}: close`) };
    });
  const set = await start([plugin(A), plugin(B, { a: A })]);
  await set[Symbol.asyncDispose]();
  assert.deepEqual(events, ["test.b.v1: abort", "test.b.v1: close", "test.a.v1: abort", "test.a.v1: close"]);
});

test("an effect can be undone before its turn, and is undone once", async () => {
  const events: string[] = [];
  let undo: (() => Promise<void>) | undefined;
  const plugin = make(A, "1", {}, (ctx) => {
    undo = ctx.effect(() => () => events.push("early"));
    ctx.effect(() => ({ [Symbol.asyncDispose]: async () => void events.push("object") }));
    ctx.effect(() => {}); // Nothing to undo.
    return {};
  });
  const set = await start([plugin]);
  await undo?.();
  await undo?.();
  assert.deepEqual(events, ["early"]);
  await set[Symbol.asyncDispose]();
  assert.deepEqual(events, ["early", "object"]);
});
