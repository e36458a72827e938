import assert from "node:assert/strict";
import { test } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { ContainerCreateSchema, ContainerUpdateSchema, TaskExitSchema } from "@davit/api/events";
import { isFailedPrecondition, isInvalidArgument, isUnknown, wireMessage } from "@davit/errdefs";
import { EventPlugin, type Envelope } from "@davit/events";
import { startPlugins } from "@davit/plugin";
import { EventExchangePlugin, MemoryExchange } from "@davit/plugin-event-exchange";
import { ZERO_TIME } from "@davit/time";

const ns = { namespace: "ns" };
const exit = {
  typeUrl: TaskExitSchema.typeName,
  value: toBinary(TaskExitSchema, create(TaskExitSchema, { containerId: "c1", id: "c1", pid: 7 })),
};
const update = {
  typeUrl: `type.googleapis.com/${ContainerUpdateSchema.typeName}`,
  value: toBinary(
    ContainerUpdateSchema,
    create(ContainerUpdateSchema, { id: "c1", image: "", labels: { "a.b/c": "1" } }),
  ),
};
const created = {
  typeUrl: ContainerCreateSchema.typeName,
  value: toBinary(
    ContainerCreateSchema,
    create(ContainerCreateSchema, { id: "c2", runtime: { name: "runc" } }),
  ),
};

async function take(subscription: AsyncIterableIterator<Envelope>, count: number): Promise<Envelope[]> {
  const taken: Envelope[] = [];
  while (taken.length < count) {
    const { value, done } = await subscription.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}

async function messageOf(call: () => unknown, kind: (err: unknown) => boolean): Promise<string> {
  const [outcome] = await Promise.allSettled([(async () => call())()]);
  assert.equal(outcome.status, "rejected");
  assert.ok(kind(outcome.reason), String(outcome.reason));
  return wireMessage(outcome.reason);
}

test("an event is stamped and reaches everyone who has subscribed, in order", async () => {
  using exchange = new MemoryExchange();
  await exchange.publish("/before", undefined, ns);
  const subscriptions = [exchange.subscribe({}), exchange.subscribe({})];
  const before = BigInt(Date.now() - 1) * 1_000_000n;
  await exchange.publish("/tasks/exit", exit, ns);
  await exchange.publish("/second", undefined, { namespace: "other" });
  for (const subscription of subscriptions) {
    const [first, second] = await take(subscription, 2);
    assert.ok(first && second);
    assert.deepEqual([first.namespace, first.topic, first.event], ["ns", "/tasks/exit", exit]);
    assert.deepEqual([second.namespace, second.topic, second.event], ["other", "/second", undefined]);
    assert.ok(first.timestamp >= before && second.timestamp > first.timestamp);
  }
});

test("a forwarded envelope is passed on as it is", async () => {
  using exchange = new MemoryExchange();
  const subscription = exchange.subscribe({});
  const envelope = { timestamp: 0n, namespace: "a", topic: "/b", event: exit };
  await exchange.forward(envelope);
  assert.deepEqual(await take(subscription, 1), [envelope]);
});

const topics = [
  ["", 'envelope topic "": must not be empty: invalid argument'],
  ["tasks", "envelope topic \"tasks\": must start with '/': invalid argument"],
  ["/", 'envelope topic "/": must have at least one component: invalid argument'],
  [
    "/a/",
    'envelope topic "/a/": failed validation on component "": identifier must not be empty: invalid argument',
  ],
] as const;
for (const [topic, message] of topics)
  test(`topic ${JSON.stringify(topic)} is refused`, async () => {
    using exchange = new MemoryExchange();
    assert.equal(await messageOf(() => exchange.publish(topic, undefined, ns), isInvalidArgument), message);
    const envelope = { timestamp: 1n, namespace: "a", topic };
    assert.equal(await messageOf(() => exchange.forward(envelope), isInvalidArgument), message);
  });

test("publish() wants a namespace, forward() a namespace and a time", async () => {
  using exchange = new MemoryExchange();
  assert.equal(
    await messageOf(() => exchange.publish("/a", undefined, { namespace: "" }), isFailedPrecondition),
    "failed publishing event: namespace is required: failed precondition",
  );
  assert.equal(
    await messageOf(() => exchange.forward({ timestamp: 1n, namespace: "", topic: "/a" }), isInvalidArgument),
    "event envelope has invalid namespace: identifier must not be empty: invalid argument",
  );
  assert.equal(
    await messageOf(
      () => exchange.forward({ timestamp: ZERO_TIME, namespace: "a", topic: "/a" }),
      isInvalidArgument,
    ),
    "timestamp must be set on forwarded event: invalid argument",
  );
});

const filters: readonly (readonly [string, readonly string[]])[] = [
  ["namespace==ns", ["/tasks/exit", "/containers/update", "/containers/create", "/odd"]],
  ["namespace==none", []],
  ['topic=="/tasks/exit"', ["/tasks/exit"]],
  ["topic~=|^/containers/|", ["/containers/update", "/containers/create"]],
  ["event.container_id==c1", ["/tasks/exit"]],
  ["event.containerId==c1", []],
  ["event.pid==7", []],
  ["event.id==c1", ["/tasks/exit", "/containers/update"]],
  ['event.labels."a.b/c"==1', ["/containers/update"]],
  ["event.image", []],
  ["event.runtime.name==runc", ["/containers/create"]],
  ["event.runtime", []],
  ["event", []],
  ["nothing", []],
];
for (const [filter, expected] of filters)
  test(`filter ${filter}`, async () => {
    using exchange = new MemoryExchange();
    const filtered = exchange.subscribe({ filters: [filter, 'topic=="/end"'] });
    await exchange.publish("/tasks/exit", exit, ns);
    await exchange.publish("/containers/update", update, ns);
    await exchange.publish("/containers/create", created, ns);
    await exchange.publish("/odd", { typeUrl: exit.typeUrl, value: new Uint8Array([255]) }, ns);
    await exchange.publish("/end", undefined, { namespace: "end" });
    const received = await take(filtered, expected.length + 1);
    assert.deepEqual(
      received.map(({ topic }) => topic),
      [...expected, "/end"],
    );
  });

test("a filter that does not parse is Unknown", async () => {
  using exchange = new MemoryExchange();
  assert.equal(
    await messageOf(() => exchange.subscribe({ filters: ["topic=="] }), isUnknown),
    "failed parsing subscription filters: filters: parse error: [topic==]: expected value or quoted: invalid argument",
  );
});

test("a subscription ends with its signal, also one that waits", async () => {
  using exchange = new MemoryExchange();
  const abort = new AbortController();
  const subscription = exchange.subscribe({ signal: abort.signal });
  const waiting = subscription.next();
  await exchange.publish("/first", undefined, ns);
  assert.equal((await waiting).value?.topic, "/first");
  const last = subscription.next();
  abort.abort();
  assert.equal((await last).done, true);
  assert.equal((await subscription.next()).done, true);
  assert.equal((await exchange.subscribe({ signal: abort.signal }).next()).done, true);
});

test("leaving the loop ends a subscription, disposing of the exchange ends all", async () => {
  const exchange = new MemoryExchange();
  const subscription = exchange.subscribe({});
  await exchange.publish("/a", undefined, ns);
  await exchange.publish("/b", undefined, ns);
  for await (const { topic } of subscription) {
    assert.equal(topic, "/a");
    break;
  }
  assert.equal((await subscription.next()).done, true);
  const waiting = exchange.subscribe({}).next();
  exchange[Symbol.dispose]();
  assert.equal((await waiting).done, true);
});

test("a subscriber that does not read holds up nobody, and misses nothing", async () => {
  using exchange = new MemoryExchange();
  const slow = exchange.subscribe({});
  const quick = exchange.subscribe({});
  const count = 50_000;
  const reading = take(quick, count);
  for (let index = 0; index < count; index++) await exchange.publish(`/n/${index}`, undefined, ns);
  assert.equal((await reading).length, count);
  const late = await take(slow, count);
  assert.ok(late.every(({ topic }, index) => topic === `/n/${index}`));
});

test("the plugin is the exchange, and ends subscriptions when it is closed", async () => {
  const set = await startPlugins({
    plugins: [EventExchangePlugin],
    root: "/nonexistent",
    state: "/nonexistent",
  });
  const waiting = set.lookUp(EventPlugin).subscribe({}).next();
  assert.deepEqual(set.get("io.containerd.event.v1.exchange")?.requires, []);
  await set[Symbol.asyncDispose]();
  assert.equal((await waiting).done, true);
});
