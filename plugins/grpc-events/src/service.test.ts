import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { Events } from "@davit/api/services/events";
import { Events as TtrpcEvents } from "@davit/api/services/ttrpc-events";
import { UnknownError } from "@davit/errdefs";
import { EventPlugin, type Envelope, type EventExchange } from "@davit/events";
import { requireNamespace } from "@davit/namespaces";
import { definePlugin, registrationOf, startPlugins } from "@davit/plugin";
import { eventsService, GrpcEventsPlugin, ttrpcEventsService } from "@davit/plugin-grpc-events";
import { GrpcPlugin } from "@davit/server";
import { serve, statusOf } from "@davit/test-support/serve";

const event = { typeUrl: "types.example/e", value: new Uint8Array([1, 2]) };
const ns = { namespace: "ns" };

/** An exchange of one subscriber. */
class OneExchange implements EventExchange {
  readonly forwarded: Envelope[] = [];
  readonly ended: string[] = [];
  filters: readonly string[] | undefined;

  async publish(...[topic, published, options]: Parameters<EventExchange["publish"]>): Promise<void> {
    const namespace = requireNamespace(options);
    this.forwarded.push({ timestamp: 0n, namespace, topic, event: published });
  }
  async forward(envelope: Envelope): Promise<void> {
    this.forwarded.push(envelope);
  }
  subscribe({ filters, signal }: Parameters<EventExchange["subscribe"]>[0]): AsyncIterableIterator<Envelope> {
    if (filters?.includes("bad")) throw new UnknownError("failed parsing subscription filters");
    this.filters = filters;
    return this.#events(signal);
  }
  async *#events(signal: AbortSignal | undefined): AsyncGenerator<Envelope> {
    try {
      yield { timestamp: 1_000_000_002n, namespace: "ns", topic: "/a", event };
      yield { timestamp: 3n, namespace: "ns", topic: "/b" };
      await wait(60_000, undefined, { signal }).catch(() => {});
    } finally {
      this.ended.push("ended");
    }
  }
}

const plain = ({ topic, namespace, timestamp, event: got }: Envelope) => ({
  topic,
  namespace,
  timestamp,
  event: got && { typeUrl: got.typeUrl, value: [...got.value] },
});

test("events are published in the namespace of the call, and forwarded as they are", async () => {
  const exchange = new OneExchange();
  await using served = await serve(Events, eventsService(exchange));
  const { client } = served;
  await client.publish({ topic: "/p", event }, ns);
  await client.publish({ topic: "/q" }, ns);
  const envelope = { timestamp: { seconds: 1n, nanos: 5 }, namespace: "other", topic: "/f", event };
  await client.forward({ envelope });
  await client.forward({ envelope: { namespace: "other", topic: "/g" } });
  const sent = { typeUrl: event.typeUrl, value: [1, 2] };
  assert.deepEqual(exchange.forwarded.map(plain), [
    { topic: "/p", namespace: "ns", timestamp: 0n, event: sent },
    { topic: "/q", namespace: "ns", timestamp: 0n, event: undefined },
    { topic: "/f", namespace: "other", timestamp: 1_000_000_005n, event: sent },
    { topic: "/g", namespace: "other", timestamp: 0n, event: undefined },
  ]);
  assert.deepEqual(await statusOf(client.publish({ topic: "/p" })), [
    9,
    "namespace is required: failed precondition",
  ]);
  assert.deepEqual(await statusOf(client.forward({})), [3, "envelope must be set: invalid argument"]);
});

test("a subscriber gets envelopes until it goes", async () => {
  const exchange = new OneExchange();
  await using served = await serve(Events, eventsService(exchange));
  const received: unknown[] = [];
  for await (const { topic, timestamp, event: got } of served.client.subscribe({ filters: ["topic"] })) {
    received.push([topic, timestamp?.seconds, timestamp?.nanos, got?.typeUrl]);
    if (received.length === 2) break;
  }
  assert.deepEqual(received, [
    ["/a", 1n, 2, "types.example/e"],
    ["/b", 0n, 3, undefined],
  ]);
  assert.deepEqual(exchange.filters, ["topic"]);
  for (let tries = 0; exchange.ended.length === 0 && tries < 500; tries++) await wait(10);
  assert.deepEqual(exchange.ended, ["ended"]);
});

test("a filter that does not parse ends the stream with Unknown", async () => {
  await using served = await serve(Events, eventsService(new OneExchange()));
  const call = Array.fromAsync(served.client.subscribe({ filters: ["bad"] }));
  assert.deepEqual(await statusOf(call), [2, "subscription error: failed parsing subscription filters"]);
});

test("shims forward over ttrpc", async () => {
  const exchange = new OneExchange();
  await using served = await serve(TtrpcEvents, ttrpcEventsService(exchange));
  await served.client.forward({ envelope: { namespace: "ns", topic: "/tasks/exit", event } });
  assert.deepEqual(exchange.forwarded.map(plain), [
    {
      topic: "/tasks/exit",
      namespace: "ns",
      timestamp: 0n,
      event: { typeUrl: event.typeUrl, value: [1, 2] },
    },
  ]);
  assert.deepEqual(await statusOf(served.client.forward({})), [3, "envelope must be set: invalid argument"]);
});

test("the plugin has containerd's name and requirements, and both services", async () => {
  const { uri, requirements } = registrationOf(GrpcEventsPlugin);
  assert.equal(uri, "io.containerd.grpc.v1.events");
  assert.deepEqual(
    requirements.map(({ type }) => type),
    ["io.containerd.event.v1"],
  );
  const exchange = definePlugin({ type: EventPlugin, id: "exchange", init: () => new OneExchange() });
  const plugins = [GrpcEventsPlugin, exchange];
  await using set = await startPlugins({ plugins, root: "/nonexistent", state: "/nonexistent" });
  const { grpc, ttrpc = [] } = set.lookUp(GrpcPlugin);
  assert.deepEqual(
    [...grpc, ...ttrpc].map(({ service }) => service.typeName),
    ["containerd.services.events.v1.Events", "containerd.services.events.ttrpc.v1.Events"],
  );
});
