import { after, before, describe, test } from "node:test";
import { Content } from "@davit/api/services/content";
import { ProxyContentStore } from "@davit/content-proxy";
import { contentServiceSuite, contentStoreSuite } from "@davit/content-testsuite";
import { createClient } from "@davit/grpc/client";
import { MetadataPlugin } from "@davit/metadata";
import { connectDaemon, disposable, startDaemon } from "./daemon.ts";

const STORE = ["content.v1.content", "event.v1.exchange", "metadata.v1.level"];
const SERVICE = [...STORE, "service.v1.content-service", "grpc.v1.content"];
const supports = { labels: true, namespaces: true, sharing: true };

describe("content-local behind metadata-level", () => {
  const open = async () => {
    const running = await startDaemon(STORE);
    const { content } = running.daemon.plugins.lookUp(MetadataPlugin);
    return disposable(content, () => running[Symbol.asyncDispose]());
  };
  contentStoreSuite({ test, open, supports: { ...supports, files: true } });
});

describe("content-local through a daemon", () => {
  let running: Awaited<ReturnType<typeof connectDaemon>>;
  before(async () => {
    running = await connectDaemon(SERVICE);
  });
  after(() => running[Symbol.asyncDispose]());
  const open = async () => disposable(new ProxyContentStore(running.channel), async () => undefined);
  contentStoreSuite({ test, open, supports });
});

describe("the content service of a daemon", () => {
  let running: Awaited<ReturnType<typeof connectDaemon>>;
  before(async () => {
    running = await connectDaemon(SERVICE);
  });
  after(() => running[Symbol.asyncDispose]());
  const open = async () => ({
    client: createClient(Content, running.channel),
    [Symbol.asyncDispose]: async () => undefined,
  });
  contentServiceSuite({ test, open, supports: { sharing: true } });
});
