// The suite over containerd itself: what it asks for is what the reference implementation does.
import { after, test } from "node:test";
import { ProxySnapshotter } from "@davit/snapshots-proxy";
import { snapshotterSuite } from "@davit/snapshots-testsuite";
import { debianContainerdMissing, startDebianContainerd } from "@davit/test-support/debian-containerd";
import { inOwnNamespace } from "./testing/own-namespace.ts";

if (debianContainerdMissing) test("containerd passes the suite", { skip: debianContainerdMissing }, () => {});
else {
  const containerd = await startDebianContainerd();
  after(() => containerd[Symbol.asyncDispose]());
  // Not its native snapshotter, which answers a commit of a view with a failing lstat.
  snapshotterSuite({
    test: (title, body) => test(`containerd: ${title}`, body),
    // One daemon serves all tests: each has a namespace of its own.
    open: async () => inOwnNamespace(new ProxySnapshotter(containerd.channel, "overlayfs")),
    supports: { mounts: true },
  });
}
