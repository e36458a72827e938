import assert from "node:assert/strict";
import { test } from "node:test";
import { Version } from "@davit/api/services/version";
import { GrpcServer } from "@davit/grpc";
import { createClient, openChannel } from "@davit/grpc/client";
import { startPlugins } from "@davit/plugin";
import { GrpcVersionPlugin, REVISION_PROPERTY, VERSION_PROPERTY } from "@davit/plugin-grpc-version";
import { GrpcPlugin } from "@davit/server";

async function ask(properties: Record<string, string>): Promise<{ version: string; revision: string }> {
  await using set = await startPlugins({ plugins: [GrpcVersionPlugin], root: "/r", state: "/s", properties });
  await using server = new GrpcServer({ services: set.lookUp(GrpcPlugin).grpc });
  using channel = openChannel(await server.listen({ host: "127.0.0.1", port: 0 }));
  return await createClient(Version, channel).version({});
}

test("version and revision are those of the host program, without a namespace", async () => {
  const { version, revision } = await ask({ [VERSION_PROPERTY]: "1.2.3", [REVISION_PROPERTY]: "abc" });
  assert.deepEqual([version, revision], ["1.2.3", "abc"]);
});

test("a host program that says nothing has an unknown version", async () => {
  const { version, revision } = await ask({});
  assert.deepEqual([version, revision], ["unknown", ""]);
});
