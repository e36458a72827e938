import type {
  DescMethod,
  DescMethodBiDiStreaming,
  DescMethodClientStreaming,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import type { ClientStream } from "./client-stream.ts";
import { decoder, encoder, mapAsync } from "./codec.ts";
import type { CallOptions, Connection, StreamOptions } from "./connection.ts";

type Source<T> = AsyncIterable<T> | Iterable<T>;

/** A function for each method of a service. */
export type Client<S extends DescService> = {
  readonly [M in keyof S["method"]]: ClientMethod<S["method"][M]>;
};

/** How a method is called: messages may be given as plain objects; what streams is an (async) iterable. */
export type ClientMethod<M> =
  M extends DescMethodUnary<infer I, infer O>
    ? (request: MessageInitShape<I>, options?: CallOptions) => Promise<MessageShape<O>>
    : M extends DescMethodServerStreaming<infer I, infer O>
      ? (request: MessageInitShape<I>, options?: CallOptions) => AsyncIterable<MessageShape<O>>
      : M extends DescMethodClientStreaming<infer I, infer O>
        ? (requests: Source<MessageInitShape<I>>, options?: CallOptions) => Promise<MessageShape<O>>
        : M extends DescMethodBiDiStreaming<infer I, infer O>
          ? (requests: Source<MessageInitShape<I>>, options?: CallOptions) => AsyncIterable<MessageShape<O>>
          : never;

/**
 * A typed client of `service`, a descriptor that protobuf-es generated. Errors are those of `Connection.call`.
 * A stream of answers begins with the call, not with its iteration; stopping to iterate cancels it.
 */
export function createClient<S extends DescService>(service: S, connection: Connection): Client<S> {
  const methods = service.methods.map((method) => [method.localName, clientMethod(connection, method)]);
  return Object.fromEntries(methods) as Client<S>;
}

function clientMethod(connection: Connection, method: DescMethod): unknown {
  const service = method.parent.typeName;
  const encode = encoder(method.input);
  const decode = decoder(method.output);
  const stream = (requests: Source<unknown>, options: StreamOptions): ClientStream => {
    const stream = connection.stream(service, method.name, options);
    void sendAll(stream, requests, encode);
    return stream;
  };
  const kinds = {
    unary: async (request: unknown, options?: CallOptions) =>
      decode(await connection.call(service, method.name, encode(request), options)),
    server_streaming: (message: unknown, options?: CallOptions) => {
      const request = encode(message);
      return mapAsync(
        connection.stream(service, method.name, { ...options, request, answers: "many" }),
        decode,
      );
    },
    client_streaming: async (requests: Source<unknown>, options?: CallOptions) =>
      decode(await stream(requests, { ...options, answers: "one" }).response()),
    bidi_streaming: (requests: Source<unknown>, options?: CallOptions) =>
      mapAsync(stream(requests, { ...options, answers: "many" }), decode),
  };
  return kinds[method.methodKind];
}

/** Sends what `source` yields, then closes. When the source throws, the call fails with what it threw; never rejects. */
async function sendAll(
  stream: ClientStream,
  source: Source<unknown>,
  encode: (message: unknown) => Uint8Array,
): Promise<void> {
  const iterator = iterate(source);
  // The server may answer while the source has nothing: it need not yield again to learn that nobody listens.
  stream.onEnd(() => void Promise.resolve(iterator.return?.()).catch(() => {}));
  try {
    for (;;) {
      const { done, value } = await iterator.next();
      if (stream.ended) return;
      if (done) break;
      await stream.send(encode(value));
    }
    stream.closeSend();
  } catch (error) {
    stream.cancel(error);
  }
}

function iterate(source: Source<unknown>): AsyncIterator<unknown> | Iterator<unknown> {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
}
