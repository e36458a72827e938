import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Content } from "@davit/api/services/content";
import { ProxyContentStore } from "@davit/content-proxy";
import { openChannel } from "@davit/grpc/client";
import { GrpcServer, implement, type ServiceMethods } from "@davit/grpc/server";

/** A store that speaks to a content service made of these methods; `stop` ends the service. */
export async function served(
  methods: Partial<ServiceMethods<typeof Content>>,
): Promise<{ readonly store: ProxyContentStore; readonly stop: () => Promise<void> } & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), "content-proxy-"));
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  const server = stack.use(new GrpcServer({ services: [implement(Content, methods)] }));
  const channel = stack.use(openChannel(await server.listen({ path: join(dir, "content.sock") })));
  const resources = stack.move();
  return {
    store: new ProxyContentStore(channel),
    stop: () => server.stop({ timeoutMs: 0 }),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
