import assert from "node:assert/strict";
import { test } from "node:test";
import { Content } from "@davit/api/services/content";
import { Version } from "@davit/api/services/version";
import {
  GrpcPlugin,
  implement,
  MetricsPlugin,
  ServerPlugin,
  TtrpcPlugin,
  type ServiceMethods,
} from "@davit/server";

test("tokens have containerd's names", () => {
  assert.deepEqual([GrpcPlugin, TtrpcPlugin, ServerPlugin, MetricsPlugin].map(String), [
    "io.containerd.grpc.v1",
    "io.containerd.ttrpc.v1",
    "io.containerd.server.v1",
    "io.containerd.metrics.v1",
  ]);
});

test("a service and its methods go together, and the same object serves the process and the wire", async () => {
  const methods: ServiceMethods<typeof Version> = { version: async () => ({ version: "v", revision: "r" }) };
  const { service, methods: served } = implement(Version, methods);
  assert.equal(service, Version);
  assert.equal(served, methods);
});

test("a method of another kind or message is a compile error", () => {
  // @ts-expect-error -- Read is a server stream, not unary
  implement(Content, { read: async () => ({ offset: 0n }) });
  // @ts-expect-error -- Info answers an InfoResponse
  implement(Content, { info: async () => ({ version: "v" }) });
  // @ts-expect-error -- there is no such method
  implement(Version, { versions: async () => ({}) });
});
