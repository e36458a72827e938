import type { DescService } from "@bufbuild/protobuf";
import { GrpcServer } from "@davit/grpc";
import { createClient, openChannel, type Client } from "@davit/grpc/client";
import { implement, type ServiceMethods } from "@davit/server";
import { toStatus } from "@davit/errdefs";

/** A client of a service that is served on loopback. */
export async function serve<S extends DescService>(
  service: S,
  methods: ServiceMethods<S>,
): Promise<{ readonly client: Client<S> } & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(new GrpcServer({ services: [implement(service, methods)] }));
  const channel = stack.use(openChannel(await server.listen({ host: "127.0.0.1", port: 0 })));
  const client = createClient(service, channel);
  const resources = stack.move();
  return { client, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

/** The status of a call that fails: code and message. */
export async function statusOf(call: Promise<unknown>): Promise<readonly [number, string]> {
  const error = await call.then(
    () => new Error("the call succeeded"),
    (err: unknown) => err,
  );
  const { code, message } = toStatus(error);
  return [code, message];
}
