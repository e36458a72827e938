import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import { Transfer } from "@davit/api/services/transfer";
import { ImageStoreSchema, OCIRegistrySchema } from "@davit/api/transfer";
import { createClient, openChannel } from "@davit/grpc/client";
import { GrpcServer } from "@davit/grpc/server";
import { definePlugin, startPlugins } from "@davit/plugin";
import { GrpcTransferPlugin } from "@davit/plugin-grpc-transfer";
import { GrpcPlugin } from "@davit/server";
import { StreamingPlugin } from "@davit/streaming";
import { TransferPlugin } from "@davit/transfer";
import { packAny } from "@davit/typeurl";
import { TestStreams } from "./testing/streams.ts";

test("a client's transfer reaches the transferrer that supports it, with namespace, lease and cancellation", async () => {
  const calls: string[] = [];
  const started = Promise.withResolvers<void>();
  const transferrer = (id: string, supports: boolean) =>
    definePlugin({
      type: TransferPlugin,
      id,
      init: () => ({
        supports: () => supports,
        async transfer(_source, _destination, { namespace, lease, signal }) {
          calls.push(`${id} ${namespace} ${lease}`);
          started.resolve();
          await new Promise((_resolve, reject) =>
            signal?.addEventListener("abort", () => reject(signal.reason)),
          );
        },
      }),
    });
  await using set = await startPlugins({
    plugins: [
      definePlugin({ type: StreamingPlugin, id: "manager", init: () => new TestStreams() }),
      transferrer("first", false),
      transferrer("second", true),
      GrpcTransferPlugin,
    ],
    root: "/r",
    state: "/s",
  });
  assert.deepEqual(set.get("io.containerd.grpc.v1.transfer")?.requires, [
    "io.containerd.transfer.v1",
    "io.containerd.streaming.v1",
  ]);
  await using server = new GrpcServer({ services: set.lookUp(GrpcPlugin).grpc });
  using channel = openChannel(await server.listen({ host: "127.0.0.1", port: 0 }));
  const abort = new AbortController();
  const transferred = createClient(Transfer, channel).transfer(
    {
      source: create(AnySchema, packAny(OCIRegistrySchema, create(OCIRegistrySchema))),
      destination: create(AnySchema, packAny(ImageStoreSchema, create(ImageStoreSchema))),
    },
    { namespace: "ns", lease: "l", signal: abort.signal },
  );
  await started.promise;
  abort.abort();
  await assert.rejects(transferred);
  assert.deepEqual(calls, ["second ns l"]);
});
