import { Snapshots } from "@davit/api/services/snapshots";
import { GrpcServer } from "@davit/grpc";
import { openChannel, type Channel } from "@davit/grpc/client";
import { snapshotsService } from "@davit/plugin-grpc-snapshots";
import { implement } from "@davit/server";
import type { Snapshotter } from "@davit/snapshots";

/** Serves a snapshotter under the name `memory`, on loopback. */
export async function serve(
  snapshotter: Snapshotter,
): Promise<{ readonly channel: Channel } & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const service = snapshotsService(new Map([["memory", snapshotter]]));
  const server = stack.use(new GrpcServer({ services: [implement(Snapshots, service)] }));
  const channel = stack.use(openChannel(await server.listen({ host: "127.0.0.1", port: 0 })));
  const resources = stack.move();
  return { channel, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
