import assert from "node:assert/strict";
import { test } from "node:test";
import { isUnknown, wireMessage } from "@davit/errdefs";
import {
  endpointText,
  isShimClosed,
  RuntimePlugin,
  shimClosedError,
  ShimPlugin,
  TaskMonitorPlugin,
} from "@davit/runtime";

test("the tokens are containerd's names", () => {
  assert.equal(RuntimePlugin, "io.containerd.runtime.v2");
  assert.equal(ShimPlugin, "io.containerd.shim.v1");
  assert.equal(TaskMonitorPlugin, "io.containerd.monitor.task.v1");
});

test("an endpoint is told as protocol and address", () => {
  assert.equal(endpointText({ version: 2, protocol: "grpc", address: "vsock://2:1" }), "grpc+vsock://2:1");
});

test("a closed connection is known through wrapping, and by its text on the wire", () => {
  const closed = shimClosedError(new Error("ECONNRESET"));
  assert.ok(isShimClosed(new Error("failed to delete task", { cause: closed })));
  assert.ok(isUnknown(closed));
  assert.equal(wireMessage(closed), "ttrpc: closed");
  assert.ok(!isShimClosed(new Error("ttrpc: closed")));
  assert.ok(!isShimClosed(undefined));
});

test("a ring of causes ends", () => {
  const a = new Error("a");
  a.cause = new Error("b", { cause: a });
  assert.ok(!isShimClosed(a));
});
