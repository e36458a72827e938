// Both suites, over the service on a real socket, with a client on grpc-js.
import { test } from "node:test";
import { Content } from "@davit/api/services/content";
import { ProxyContentStore } from "@davit/content-proxy";
import { contentServiceSuite, contentStoreSuite, MemoryStore } from "@davit/content-testsuite";
import { createClient } from "@davit/grpc/client";
import { serve } from "./testing/serve.ts";

contentStoreSuite({
  test,
  open: async () => {
    const { channel, ...served } = await serve(new MemoryStore());
    return Object.assign(new ProxyContentStore(channel), served);
  },
  supports: { labels: true, namespaces: true, immediateDelete: true },
});

contentServiceSuite({
  test,
  open: async () => {
    const { channel, ...served } = await serve(new MemoryStore());
    return { client: createClient(Content, channel), ...served };
  },
});
