import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { isDeadlineExceeded } from "@davit/errdefs";
import {
  all,
  definePlugin,
  isSkipPlugin,
  pluginType,
  SkipPluginError,
  type InitContext,
  type PluginDefinition,
} from "@davit/plugin";
import { MemoryLog } from "./testing/memory-log.ts";
import { A, B, C, errorOf, make, start, states } from "./testing/plugins.ts";

const boom = () => {
  throw new Error("boom");
};
const skip = (text?: string) => () => {
  throw new SkipPluginError(text);
};
const never = () => new Promise(() => {});

test("independent plugins are initialised at the same time, and only those that need them wait", async () => {
  const both = Promise.withResolvers<void>();
  let waiting = 0;
  let consumer = false;
  // Each waits until the other has begun: one after the other they would hang.
  const meet = async () => {
    if (++waiting === 2) both.resolve();
    await both.promise;
    assert.equal(consumer, false);
    return {};
  };
  const last = make(B, "1", { every: all(A) }, () => (consumer = true));
  await using set = await start([last, make(A, "1", {}, meet), make(A, "2", {}, meet)]);
  assert.deepEqual(states(set), ["test.a.v1.1: loaded", "test.a.v1.2: loaded", "test.b.v1.1: loaded"]);
});

test("what throws is isolated: synchronously or later, with an Error or not", async () => {
  const async = make(A, "async", {}, () => Promise.reject(new Error("later")));
  const odd = make(A, "odd", {}, () => {
    throw "a string";
  });
  await using set = await start([make(A, "sync", {}, boom), async, odd, make(B, "1")]);
  assert.deepEqual(
    set.infos().map(({ id, state }) => `${id}: ${state}`),
    ["sync: failed", "async: failed", "odd: failed", "1: loaded"],
  );
  assert.equal(set.get("test.a.v1.odd")?.error, "a string");
});

test("an init that hangs fails at its deadline, and others go on", async () => {
  let signal: AbortSignal | undefined;
  const hanging = make(A, "hangs", {}, (ctx) => {
    ({ signal } = ctx);
    return never();
  });
  await using set = await start([hanging, make(A, "fine"), make(B, "1", { every: all(A) })], {
    initTimeoutMs: 30,
  });
  assert.deepEqual(states(set), ["test.a.v1.hangs: failed", "test.a.v1.fine: loaded", "test.b.v1.1: loaded"]);
  assert.ok(isDeadlineExceeded(set.get("test.a.v1.hangs")?.error));
  assert.match(errorOf(set, "test.a.v1.hangs") ?? "", /^init has not ended within 30 ms/);
  assert.ok(signal?.aborted);
});

test("the deadline counts from the start of init, not from the start of all", async () => {
  const slow = (type: typeof A, requires = {}) => make(type, "1", requires, () => sleep(150, {}));
  const plugins = [slow(A), slow(B, { a: A }), slow(C, { b: B })];
  await using set = await start(plugins, { initTimeoutMs: 400 });
  assert.equal(set.loaded().length, 3);
});

test("what a late init returns is closed, its effects are undone, and it may start no more", async () => {
  const events: string[] = [];
  const closed = Promise.withResolvers<void>();
  const late = make(A, "late", {}, async (ctx) => {
    ctx.effect(() => () => events.push("undone"));
    await sleep(60);
    assert.throws(() => ctx.effect(() => void events.push("an effect after the deadline")));
    return { close: () => closed.resolve() };
  });
  await using set = await start([late], { initTimeoutMs: 20 });
  assert.deepEqual(events, ["undone"]);
  await closed.promise;
  assert.equal(set.get("test.a.v1.late")?.instance, undefined);
  assert.deepEqual(events, ["undone"]);
});

test("an init that fails after its deadline is logged", async () => {
  const log = new MemoryLog();
  const late = make(A, "late", {}, async () => {
    await sleep(30);
    throw new Error("too late");
  });
  await using _set = await start([late], { initTimeoutMs: 10, log });
  await sleep(60);
  assert.equal(log.of("init failed after it was given up")[0]?.fields["error"], "too late");
});

test("the effects of an init that throws are undone, last first", async () => {
  const events: string[] = [];
  const plugin = make(A, "1", {}, (ctx) => {
    ctx.effect(() => () => events.push("first"));
    ctx.effect(() => () => events.push("second"));
    return boom();
  });
  await using set = await start([plugin]);
  assert.deepEqual([events, errorOf(set, "test.a.v1.1")], [["second", "first"], "boom"]);
});

test("a skipped plugin is listed with its reason, whose text tools know", async () => {
  const plugins = [
    make(A, "last", {}, skip("devmapper not configured")),
    make(A, "first", {}, skip("skip plugin: tracing endpoint not configured")),
    make(A, "bare", {}, skip()),
    make(A, "cause", {}, () => {
      throw new Error("wrapped", { cause: new SkipPluginError("why") });
    }),
  ];
  await using set = await start(plugins);
  assert.deepEqual(
    set.infos().map(({ id, state }) => [id, state, errorOf(set, `test.a.v1.${id}`)]),
    [
      ["last", "skipped", "devmapper not configured: skip plugin"],
      ["first", "skipped", "skip plugin: tracing endpoint not configured"],
      ["bare", "skipped", "skip plugin"],
      ["cause", "skipped", "wrapped"],
    ],
  );
  assert.equal(isSkipPlugin(new Error("skip plugin")), false);
});

test("a disabled plugin does not appear, and is not initialised", async () => {
  await using set = await start([make(A, "1", {}, boom), make(A, "2"), make(B, "1", { a: A })], {
    disabled: ["test.a.v1.1", "test.nothing.v1.x"],
  });
  assert.deepEqual(states(set), ["test.a.v1.2: loaded", "test.b.v1.1: loaded"]);
});

test("a required plugin that fails stops the start, and what was loaded is closed", async () => {
  const events: string[] = [];
  const good = make(A, "1", {}, () => ({ close: () => events.push("closed") }));
  const plugins = [good, make(B, "1", { a: A }, boom)];
  await assert.rejects(start(plugins, { required: ["test.b.v1.1", "test.a.v1.1"] }), {
    message: "load required plugin test.b.v1.1: boom",
  });
  assert.deepEqual(events, ["closed"]);
});

test("a required plugin that is skipped stops the start", async () => {
  await assert.rejects(start([make(A, "1", {}, skip("no disk"))], { required: ["test.a.v1.1"] }), {
    message: "load required plugin test.a.v1.1: no disk: skip plugin",
  });
});

test("a start that is stopped waits for no other init", { timeout: 5_000 }, async () => {
  const plugins = [make(A, "hangs", {}, never), make(A, "2", {}, boom), make(B, "1", { every: all(A) })];
  await assert.rejects(start(plugins, { required: ["test.a.v1.2"] }), { message: /^load required plugin/ });
});

test("required plugins that are absent or disabled stop the start before anything is initialised", async () => {
  let begun = false;
  const plugin = make(A, "1", {}, () => (begun = true));
  const options = { required: ["test.b.v1.2", "test.a.v1.1", "test.b.v1.1"], disabled: ["test.b.v1.1"] };
  await assert.rejects(start([plugin, make(B, "1")], options), {
    message: "required plugin [test.b.v1.2 test.b.v1.1] not included",
  });
  assert.equal(begun, false);
});

test("the signal gives the start up: what is loaded is closed, and the reason is thrown", async () => {
  const events: string[] = [];
  const abort = new AbortController();
  const plugins = [
    make(A, "1", {}, () => ({ close: () => events.push("closed") })),
    make(B, "1", { a: A }, ({ signal }) => {
      signal.addEventListener("abort", () => events.push("aborted"));
      abort.abort(new Error("enough"));
      return never();
    }),
    make(C, "1", { b: B }, () => events.push("begun")),
  ];
  await assert.rejects(start(plugins, { signal: abort.signal }), { message: "enough" });
  assert.deepEqual(events, ["aborted", "closed"]);
  await assert.rejects(start(plugins, { signal: abort.signal }), { message: "enough" });
});

test("a plugin that has registered readiness must not fail", async () => {
  const plugin = make(A, "1", {}, (ctx) => {
    ctx.readiness();
    return boom();
  });
  await assert.rejects(start([plugin]), {
    message: "plugin failed after registering readiness test.a.v1.1: boom",
  });
});

test("ready() waits for each plugin that has registered readiness, not for the others", async () => {
  const calls: (() => void)[] = [];
  const later = (ctx: InitContext) => {
    calls.push(ctx.readiness(), ctx.readiness());
    return {};
  };
  await using set = await start([make(A, "1", {}, later), make(B, "1")]);
  let ready = false;
  const wait = set.ready().then(() => (ready = true));
  calls[0]?.();
  calls[0]?.();
  await sleep(5);
  assert.equal(ready, false);
  calls[1]?.();
  await wait;
});

test("the log has containerd's lines", async () => {
  const log = new MemoryLog();
  const plugins = [make(A, "1", {}, boom), make(A, "2", {}, skip("no disk")), make(B, "1")];
  await using _set = await start(plugins, { log });
  const type = "test.a.v1";
  assert.deepEqual(log.of("loading plugin"), [
    { level: "info", message: "loading plugin", fields: { id: "test.a.v1.1", type } },
    { level: "info", message: "loading plugin", fields: { id: "test.a.v1.2", type } },
    { level: "info", message: "loading plugin", fields: { id: "test.b.v1.1", type: "test.b.v1" } },
  ]);
  assert.deepEqual(log.of("failed to load plugin"), [
    { level: "warn", message: "failed to load plugin", fields: { error: "boom", id: "test.a.v1.1", type } },
  ]);
  const fields = { error: "no disk: skip plugin", id: "test.a.v1.2", type };
  assert.deepEqual(log.of("skip loading plugin"), [
    { level: "info", message: "skip loading plugin", fields },
  ]);
});

test("the context tells a plugin who and where it is", async () => {
  const log = new MemoryLog();
  let ctx: InitContext | undefined;
  const properties = { "io.containerd.plugin.grpc.address": "/run/x.sock" };
  const plugin = make(A, "1", {}, (given) => {
    given.log.debug({ n: 1 }, "hello");
    ctx = given;
    return {};
  });
  await using set = await start([plugin, make(B, "broken", {}, boom)], {
    log,
    platform: "linux/amd64",
    properties,
  });
  assert.deepEqual(ctx?.meta, { type: "test.a.v1", id: "1", uri: "test.a.v1.1", source: "app" });
  assert.deepEqual(
    [ctx.root, ctx.state],
    ["/root-of-the-test/test.a.v1.1", "/state-of-the-test/test.a.v1.1"],
  );
  assert.deepEqual([ctx.platform, ctx.properties, ctx.config], ["linux/amd64", properties, undefined]);
  assert.deepEqual(log.of("hello")[0]?.fields, { plugin: "test.a.v1.1", n: 1 });
  assert.deepEqual(
    [...ctx.plugins].map(({ uri, state }) => [uri, state]),
    [
      ["test.a.v1.1", "loaded"],
      ["test.b.v1.broken", "failed"],
    ],
  );
  assert.deepEqual([ctx.plugins.size, ctx.plugins.get("test.b.v1.broken")?.id], [2, "broken"]);
  assert.equal(set.size, 2);
});

test("introspection tells exports, capabilities, platforms, source and duration, also of a skipped plugin", async () => {
  const T = pluginType<unknown>("test.t.v1");
  const declared = { capabilities: ["rebase"], platforms: "host" } as const;
  const init = (ctx: InitContext) => {
    ctx.exports["root"] = ctx.root;
    ctx.capabilities.push("remap-ids");
    ctx.platforms.push("linux(+erofs)/amd64");
    return skip("no disk")();
  };
  const plugin = definePlugin({ type: T, id: "1", requires: { a: all(A) }, ...declared, init });
  const again = definePlugin({ type: T, id: "2", ...declared, init: () => ({}) });
  await using set = await start([{ plugin, source: "@acme/disk" }, again], { platform: "linux/amd64" });
  const [info, other] = set.infos();
  assert.ok(info && other);
  const { initMs, error, ...rest } = info;
  assert.ok(initMs !== undefined && initMs >= 0 && isSkipPlugin(error));
  assert.deepEqual(rest, {
    type: "test.t.v1",
    id: "1",
    uri: "test.t.v1.1",
    requires: ["test.a.v1"],
    platforms: ["linux/amd64", "linux(+erofs)/amd64"],
    exports: { root: "/root-of-the-test/test.t.v1.1" },
    capabilities: ["rebase", "remap-ids"],
    state: "skipped",
    configured: false,
    source: "@acme/disk",
  });
  assert.deepEqual([other.capabilities, other.platforms, other.source], [["rebase"], ["linux/amd64"], "app"]);
});

test("two sets in one process share nothing", async () => {
  const plugins = [make(A, "1"), make(B, "1", { a: A }, (_ctx, { a }) => a)];
  await using one = await start(plugins);
  await using two = await start(plugins);
  assert.notEqual(one.lookUp(A), two.lookUp(A));
  await one[Symbol.asyncDispose]();
  assert.equal(two.get("test.a.v1.1")?.state, "loaded");
});

test("what is no plugin is refused by name", async () => {
  class NotDecorated {
    init(): unknown {
      return {};
    }
  }
  await assert.rejects(start([NotDecorated]), {
    message: /^NotDecorated is no plugin: decorate a class with @plugin/,
  });
  await assert.rejects(start([{} as PluginDefinition]), { message: /^this object is no plugin/ });
});
