// The suites over containerd itself: what they ask for is what the reference implementation does.
import { after, test } from "node:test";
import { Content } from "@davit/api/services/content";
import { contentServiceSuite, contentStoreSuite } from "@davit/content-testsuite";
import { ProxyContentStore } from "@davit/content-proxy";
import { createClient } from "@davit/grpc/client";
import { debianContainerdMissing, startDebianContainerd } from "@davit/test-support/debian-containerd";

// Each test has namespaces of its own, so one daemon serves them all.
const shared = { [Symbol.asyncDispose]: () => Promise.resolve() };

if (debianContainerdMissing)
  test("containerd passes the suites", { skip: debianContainerdMissing }, () => {});
else {
  const containerd = await startDebianContainerd();
  after(() => containerd[Symbol.asyncDispose]());
  contentStoreSuite({
    test,
    open: () => Promise.resolve(Object.assign(new ProxyContentStore(containerd.channel), shared)),
    supports: { labels: true, namespaces: true, sharing: true, algorithms: ["sha256"] },
  });
  contentServiceSuite({
    test,
    open: () => Promise.resolve({ client: createClient(Content, containerd.channel), ...shared }),
    supports: { sharing: true },
  });
}
