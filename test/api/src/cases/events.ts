import type { MessageInitShape } from "@bufbuild/protobuf";
import { create, toBinary } from "@bufbuild/protobuf";
import { ContainerCreateSchema, ContainerUpdateSchema, TaskExitSchema } from "@davit/api/events";
import { Events } from "@davit/api/services/events";
import { EnvelopeSchema } from "@davit/api/types";
import { setTimeout } from "node:timers/promises";
import { action, callsOf, scenario, type Scenario, type Step } from "../case.ts";
import { plainMessage, type Plain } from "../plain.ts";
import { IDENTIFIERS } from "../samples.ts";
import type { Session } from "../session.ts";

const events = callsOf(Events);
const any = (typeUrl: string, value: Uint8Array = new Uint8Array()) => ({ typeUrl, value });

const created = toBinary(
  ContainerCreateSchema,
  create(ContainerCreateSchema, { id: "c", image: "i", runtime: { name: "r" } }),
);
const updated = toBinary(
  ContainerUpdateSchema,
  create(ContainerUpdateSchema, { id: "c", labels: { a: "1", "x.y": "2" } }),
);
const exited = toBinary(
  TaskExitSchema,
  create(TaskExitSchema, { containerId: "c", id: "e", pid: 7, exitStatus: 3 }),
);

const TOPICS = [
  "/a",
  "/a/b",
  "/a/b/c-d_e.f",
  "",
  "/",
  "a",
  "a/b",
  "/a/",
  "//a",
  "/a//b",
  "/a b",
  "/-a",
  "/ä",
  `/${"a".repeat(76)}`,
  `/${"a".repeat(77)}`,
  `/${"a/".repeat(100)}a`,
  ...IDENTIFIERS.map((name) => `/x/${name}`),
];

type Envelope = MessageInitShape<typeof EnvelopeSchema>;
const forwarded: Envelope = {
  timestamp: { seconds: 5n, nanos: 6 },
  namespace: "forwarded",
  topic: "/test/forwarded",
  event: any("containerd.events.ContainerCreate", created),
};

/** What is published while a subscription with each filter listens. */
const PUBLISHED: readonly { topic: string; event?: ReturnType<typeof any>; namespace: string }[] = [
  { topic: "/test/plain", namespace: "events-a" },
  { topic: "/test/plain", namespace: "events-b" },
  { topic: "/test/typed", event: any("containerd.events.ContainerCreate", created), namespace: "events-a" },
  {
    topic: "/test/prefixed",
    event: any("type.googleapis.com/containerd.events.ContainerCreate", created),
    namespace: "events-a",
  },
  { topic: "/test/labels", event: any("containerd.events.ContainerUpdate", updated), namespace: "events-a" },
  { topic: "/test/exit", event: any("containerd.events.TaskExit", exited), namespace: "events-a" },
  { topic: "/test/unknown", event: any("nobody.knows.This", Buffer.from("x")), namespace: "events-a" },
  {
    topic: "/test/broken",
    event: any("containerd.events.TaskExit", Buffer.from([255])),
    namespace: "events-a",
  },
];

const FILTERS: readonly (readonly string[])[] = [
  [],
  [""],
  ["namespace==events-a"],
  ["namespace!=events-a"],
  ['topic=="/test/plain"'],
  ["topic==/test/plain"],
  ["topic~=/plain|typed/"],
  ['topic~="^/test/p"'],
  ["topic"],
  ["event"],
  ["event.id==c"],
  ["event.id"],
  ["event.image~=/i/"],
  ["event.runtime.name==r"],
  ["event.container_id==c"],
  ["event.containerId==c"],
  ["event.pid==7"],
  ["event.exit_status==3"],
  ["event.labels.a==1"],
  ['event.labels."x.y"==2'],
  ["event.labels.x.y==2"],
  ["event.labels"],
  ["event.nope"],
  ["event.id!=c"],
  ["timestamp"],
  ["nope==1"],
  ["nope!=1"],
  ['namespace==events-b,topic=="/test/plain"'],
  ["namespace==events-b", "event.container_id==c"],
  ["topic=="],
  ["bad"],
  ["bad="],
  ["namespace==events-a", "bad=="],
  ["topic==/x/"],
];

/** `containerd.services.events.v1.Events`. The events themselves are compared after every step of every scenario. */
export const eventScenarios: readonly Scenario[] = [
  scenario("publish", [
    ...TOPICS.map((topic) =>
      events.publish({ topic, event: any("containerd.events.ContainerCreate", created) }),
    ),
    events.publish({ topic: "/a" }),
    events.publish({ topic: "/a", event: {} }),
    events.publish({ topic: "/a", event: any("nobody.knows.This", Buffer.from("x")) }),
    events.publish({
      topic: "/a",
      event: any("type.googleapis.com/containerd.events.ContainerCreate", created),
    }),
    events.publish({ topic: "/a", event: any("containerd.events.ContainerCreate", Buffer.from([255, 255])) }),
    events.publish({ topic: "/a" }, { namespace: "" }),
    events.publish({ topic: "a" }, { namespace: "" }),
    events.publish({ topic: "/a" }, { namespace: "not/valid" }),
    events.publish({ topic: "" }, { namespace: "not/valid" }),
    events.publish({}),
  ]),
  scenario("forward", [
    events.forward({ envelope: forwarded }),
    events.forward({ envelope: forwarded }, { namespace: "" }),
    events.forward({ envelope: forwarded }, { namespace: "not/valid" }),
    events.forward({ envelope: {} }),
    events.forward({ envelope: { ...forwarded, namespace: "" } }),
    events.forward({ envelope: { ...forwarded, namespace: "not/valid" } }),
    events.forward({ envelope: { namespace: "n", topic: "/t" } }),
    events.forward({ envelope: { ...forwarded, timestamp: {} } }),
    events.forward({ envelope: { ...forwarded, timestamp: { seconds: -62_135_596_800n } } }),
    events.forward({ envelope: { ...forwarded, timestamp: { seconds: -62_135_596_800n, nanos: 1 } } }),
    events.forward({ envelope: { ...forwarded, timestamp: { seconds: 1n << 60n } } }),
    events.forward({ envelope: { ...forwarded, timestamp: { seconds: 1n, nanos: -1 } } }),
    events.forward({ envelope: { timestamp: { seconds: 5n }, namespace: "n", topic: "/t" } }),
    ...TOPICS.map((topic) => events.forward({ envelope: { ...forwarded, topic } })),
  ]),
  scenario("subscriptions with filters", [
    action("each sees what it asked for", async (session) => {
      const subscriptions = FILTERS.map((filters) => new Subscription(session, filters));
      // A subscription has no answer that says it has begun.
      await setTimeout(SETTLE_MS);
      for (const { namespace, ...request } of PUBLISHED)
        await session.must(events.publish(request, { namespace }));
      await setTimeout(SETTLE_MS);
      const seen = await Promise.all(subscriptions.map((each) => each.end()));
      return Object.fromEntries(
        FILTERS.map((filters, index) => [JSON.stringify(filters), seen[index] ?? null]),
      );
    }),
  ]),
  scenario("nobody is told of what came before", [
    events.publish({ topic: "/test/before" }),
    action("a new subscription is silent", async (session) => {
      const subscription = new Subscription(session, []);
      await setTimeout(SETTLE_MS);
      return subscription.end();
    }),
  ]),
];

const SETTLE_MS = 300;

/** What one subscription sees of the namespaces that are this file's. */
class Subscription {
  readonly #stop = new AbortController();
  readonly #seen: Plain[] = [];
  readonly #ended: Promise<Plain>;

  constructor(session: Session, filters: readonly string[]) {
    this.#ended = this.#listen(session, events.subscribe({ filters: [...filters] }));
  }

  async #listen(session: Session, call: Step & { method: object }): Promise<Plain> {
    try {
      for await (const message of session.stream(call as never, undefined, this.#stop.signal)) {
        const event = plainMessage(EnvelopeSchema, message);
        if (!JSON.stringify(event).includes("test-api-mark")) this.#seen.push(event);
      }
      return "ended";
    } catch (err) {
      return this.#stop.signal.aborted ? "listening" : String(err);
    }
  }

  async end(): Promise<Plain> {
    this.#stop.abort();
    const state = await this.#ended;
    return { state, seen: this.#seen };
  }
}
