// The contract of a snapshotter through the service, a socket and the client: what the service says is what the snapshotter means.
import { test } from "node:test";
import { ProxySnapshotter } from "@davit/snapshots-proxy";
import { snapshotterSuite } from "@davit/snapshots-testsuite";
import { MemorySnapshotter } from "./testing/memory-snapshotter.ts";
import { serve } from "./testing/serve.ts";

snapshotterSuite({
  test: (name, body) => test(`over gRPC: ${name}`, body),
  open: async () => {
    const served = await serve(new MemorySnapshotter());
    const proxy = new ProxySnapshotter(served.channel, "memory");
    return Object.assign(proxy, {
      [Symbol.asyncDispose]: () => served[Symbol.asyncDispose]() as Promise<void>,
    });
  },
  supports: { rebase: true },
});
