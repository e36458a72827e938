import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Content } from "@davit/api/services/content";
import type { ContentStore } from "@davit/content";
import { openChannel, type Channel } from "@davit/grpc/client";
import { GrpcServer, implement } from "@davit/grpc/server";
import { contentService } from "@davit/plugin-grpc-content";

/** Serves a store on a socket of its own. */
export async function serve(store: ContentStore): Promise<{ readonly channel: Channel } & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), "grpc-content-"));
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  const server = stack.use(new GrpcServer({ services: [implement(Content, contentService(store))] }));
  const path = await server.listen({ path: join(dir, "content.sock") });
  const channel = stack.use(openChannel(path));
  const resources = stack.move();
  return { channel, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
