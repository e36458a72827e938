import { Streaming } from "@davit/api/services/streaming";
import { action, callsOf, scenario, type Scenario } from "../case.ts";
import { OpenStream } from "../open-stream.ts";

const streaming = callsOf(Streaming);
const needs = ["grpc.v1.streaming"];
const INIT = "containerd.services.streaming.v1.StreamInit";

/** `containerd.services.streaming.v1.Streaming`. What uses the streams is another service's. */
export const streamingScenarios: readonly Scenario[] = [
  scenario(
    "the first message",
    [
      streaming.stream([]),
      streaming.stream([{}]),
      streaming.stream([{ typeUrl: "nobody.knows.This" }]),
      streaming.stream([{ typeUrl: "google.protobuf.Empty" }]),
      streaming.stream([{ typeUrl: INIT, value: Buffer.from([255]) }]),
    ],
    { needs },
  ),
  scenario(
    "open streams",
    [
      action("each id once", async (session) => {
        await using first = new OpenStream(session, "s");
        const opened = await first.next();
        await using second = new OpenStream(session, "s");
        const taken = await second.next();
        await using elsewhere = new OpenStream(session, "s", { namespace: "streaming-other" });
        const other = await elsewhere.next();
        return { opened, taken, other };
      }),
      action("the type URL may have a prefix, the namespace and the id be empty", async (session) => {
        await using prefixed = new OpenStream(session, "");
        const opened = await prefixed.next();
        await using nowhere = new OpenStream(session, "", { namespace: "" });
        return [opened, await nowhere.next()];
      }),
      action("an invalid namespace", async (session) => {
        await using stream = new OpenStream(session, "x", { namespace: "not/valid" });
        return stream.next();
      }),
      action("a lease that does not exist", async (session) => {
        await using stream = new OpenStream(session, "leased", { lease: "absent" });
        return stream.next();
      }),
    ],
    { needs },
  ),
];
