import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { pluginOf, runAs, unhandled } from "@davit/plugin";
import { MemoryLog } from "./testing/memory-log.ts";
import { A, B, errorOf, make, start, states } from "./testing/plugins.ts";

// The test runner has its own handlers of stray errors: each test takes their place for a moment.
async function strayErrors(
  fn: (onError: (handle: (error: unknown) => void) => Promise<void>) => Promise<void>,
): Promise<void> {
  const events = ["uncaughtException", "unhandledRejection"] as const;
  const kept = events.map((event) => process.listeners(event as "uncaughtException"));
  for (const event of events) process.removeAllListeners(event);
  try {
    await fn(
      (handle) =>
        new Promise((resolve) => {
          const listener = (error: unknown): void => {
            handle(error);
            resolve();
          };
          for (const event of events) process.once(event, listener);
        }),
    );
  } finally {
    for (const event of events) process.removeAllListeners(event);
    for (const [index, event] of events.entries())
      for (const listener of kept[index] ?? []) process.on(event as "uncaughtException", listener);
  }
}

const later = (text: string) => () => {
  throw new Error(text);
};

test("a plugin that throws later is marked failed; its instance stays in service and is closed in its turn", async () => {
  await strayErrors(async (onError) => {
    const log = new MemoryLog();
    let closed = false;
    const plugin = make(A, "1", {}, () => {
      setTimeout(later("stray"), 5);
      return { close: () => (closed = true) };
    });
    const set = await start([plugin, make(B, "1", { a: A })], { log });
    await onError((error) => assert.equal(unhandled(error), true));
    assert.deepEqual(states(set), ["test.a.v1.1: failed", "test.b.v1.1: loaded"]);
    assert.equal(errorOf(set, "test.a.v1.1"), "stray");
    assert.ok(set.lookUp(A));
    const [line] = log.of("plugin threw outside of any call");
    assert.deepEqual(line?.fields, { error: "stray", id: "test.a.v1.1", type: "test.a.v1" });
    await set[Symbol.asyncDispose]();
    assert.ok(closed);
    assert.equal(set.get("test.a.v1.1")?.state, "failed");
  });
});

test("a rejection that no one handles is attributed to the plugin that left it, also from an effect", async () => {
  await strayErrors(async (onError) => {
    const plugin = make(A, "1", {}, (ctx) => {
      ctx.effect(() => {
        const timer = setInterval(() => void Promise.reject(new Error("in an effect")), 5);
        return () => clearInterval(timer);
      });
      return {};
    });
    await using set = await start([plugin]);
    await onError((error) => assert.equal(unhandled(error), true));
    assert.equal(errorOf(set, "test.a.v1.1"), "in an effect");
  });
});

test("a plugin that throws beside its own init fails, and what init returns is closed", async () => {
  await strayErrors(async (onError) => {
    const closed = Promise.withResolvers<void>();
    const plugin = make(A, "1", {}, async () => {
      setTimeout(later("beside"), 1);
      await sleep(20);
      return { close: closed.resolve };
    });
    const starting = start([plugin, make(B, "1")]);
    await onError((error) => assert.equal(unhandled(error), true));
    await using set = await starting;
    assert.deepEqual(states(set), ["test.a.v1.1: failed", "test.b.v1.1: loaded"]);
    assert.equal(errorOf(set, "test.a.v1.1"), "beside");
    await closed.promise;
  });
});

test("an error of the host program belongs to none, and that of another set to that one", async () => {
  await strayErrors(async (onError) => {
    await using set = await start([make(A, "1")]);
    setTimeout(later("of the host"), 1);
    await onError((error) => assert.equal(unhandled(error), false));
    const stray = make(A, "1", {}, () => (setTimeout(later("of another"), 1), {}));
    await using other = await start([stray]);
    await onError((error) => assert.equal(unhandled(error), true));
    assert.deepEqual([...states(set), ...states(other)], ["test.a.v1.1: loaded", "test.a.v1.1: failed"]);
  });
});

test("ready() rejects when a plugin throws before it is ready", async () => {
  await strayErrors(async (onError) => {
    const plugin = make(A, "1", {}, (ctx) => (ctx.readiness(), setTimeout(later("stray"), 1), {}));
    await using set = await start([plugin]);
    const ready = assert.rejects(set.ready(), {
      message: "plugin failed after registering readiness test.a.v1.1: stray",
    });
    await onError(unhandled);
    await ready;
  });
});

test("the code of a plugin knows whose it is", async () => {
  const seen: (string | undefined)[] = [];
  const note = () => void seen.push(pluginOf());
  const plugin = make(A, "1", {}, async (ctx) => {
    await sleep(1);
    note();
    ctx.effect(() => (note(), note));
    return { close: note };
  });
  const set = await start([plugin, make(B, "1", { a: A }, () => (note(), {}))]);
  note();
  await set[Symbol.asyncDispose]();
  assert.deepEqual(seen, [
    "test.a.v1.1",
    "test.a.v1.1",
    "test.b.v1.1",
    undefined,
    "test.a.v1.1",
    "test.a.v1.1",
  ]);
});

test("who calls many plugins calls each on its behalf: by instance within the set, by URI from outside", async () => {
  const bus = new EventEmitter();
  const server = make(B, "server", { a: A }, (_ctx, { a }) => {
    bus.on("call", () => bus.emit("answer", pluginOf(), runAs(a as object, pluginOf), runAs({}, pluginOf)));
    return {};
  });
  await using set = await start([server, make(A, "1")]);
  const answer = once(bus, "answer");
  set.runAs("test.b.v1.server", () => bus.emit("call"));
  assert.deepEqual(await answer, ["test.b.v1.server", "test.a.v1.1", "test.b.v1.server"]);
  assert.equal(set.runAs("test.none.v1.x", pluginOf), undefined);
});
