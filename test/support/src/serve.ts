/** A gRPC service on loopback, for tests of services. Apart from the rest, which such tests do not need. @packageDocumentation */
import { toStatus } from "@davit/errdefs";
import { GrpcServer } from "@davit/grpc";
import { createClient, openChannel, type Channel, type Client } from "@davit/grpc/client";
import { implement, type ServiceImplementation, type ServiceMethods } from "@davit/server";

/** A service that is served, and ways to reach it. */
export interface Served<S extends ServiceImplementation["service"]> extends AsyncDisposable {
  readonly channel: Channel;
  readonly client: Client<S>;
}

/** Serves a service on loopback, and opens a client of it. */
export async function serve<S extends ServiceImplementation["service"]>(
  service: S,
  methods: ServiceMethods<S>,
): Promise<Served<S>> {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(new GrpcServer({ services: [implement(service, methods)] }));
  const channel = stack.use(openChannel(await server.listen({ host: "127.0.0.1", port: 0 })));
  const client = createClient(service, channel);
  const resources = stack.move();
  return { channel, client, [Symbol.asyncDispose]: () => resources.disposeAsync() };
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
