import assert from "node:assert/strict";
import { test } from "node:test";
import { registrationOf } from "@davit/plugin";
import { ContentServicePlugin, GrpcContentPlugin } from "@davit/plugin-grpc-content";

test("the plugins have containerd's names and requirements", () => {
  const [service, grpc] = [ContentServicePlugin, GrpcContentPlugin].map(registrationOf);
  assert.equal(service?.uri, "io.containerd.service.v1.content-service");
  assert.deepEqual(
    service?.requirements.map(({ kind, type }) => [kind, type]),
    [["single", "io.containerd.metadata.v1"]],
  );
  assert.equal(grpc?.uri, "io.containerd.grpc.v1.content");
  assert.deepEqual(
    grpc?.requirements.map(({ kind, type, id }) => [kind, type, id]),
    [["one", "io.containerd.service.v1", "content-service"]],
  );
});
