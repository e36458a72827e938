/** Clients on grpc-js, from protobuf-es descriptors. @packageDocumentation */
import {
  create,
  fromBinary,
  toBinary,
  type DescMethod,
  type DescService,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import type { Channel } from "./channel.ts";
import { callError, deadlineOf, metadataOf, onAbort, type ClientCallOptions } from "./client-call.ts";
import { RequestWriter } from "./request-writer.ts";
import { ResponseStream } from "./response-stream.ts";

export { openChannel, Channel, type ChannelOptions } from "./channel.ts";
export type { ClientCallOptions } from "./client-call.ts";
export type { ResponseStream } from "./response-stream.ts";

type In<M extends DescMethod> = MessageInitShape<M["input"]>;
type Out<M extends DescMethod> = MessageShape<M["output"]>;

/** A method of a client. Streams of responses are under way from the call on; leaving the loop cancels them. */
export type ClientMethod<M extends DescMethod> = M["methodKind"] extends "unary"
  ? (request: In<M>, options?: ClientCallOptions) => Promise<Out<M>>
  : M["methodKind"] extends "server_streaming"
    ? (request: In<M>, options?: ClientCallOptions) => ResponseStream<Out<M>>
    : M["methodKind"] extends "client_streaming"
      ? (requests: AsyncIterable<In<M>>, options?: ClientCallOptions) => Promise<Out<M>>
      : (requests: AsyncIterable<In<M>>, options?: ClientCallOptions) => ResponseStream<Out<M>>;

/** A client of a service: its methods by local name. Errors are those of `@davit/errdefs`. Fits where `ServiceMethods` is asked for. */
export type Client<S extends DescService> = {
  readonly [K in keyof S["method"]]: ClientMethod<S["method"][K]>;
};

/** Makes the client of a service on a channel. It holds nothing; the channel is to be closed. */
export function createClient<S extends DescService>(service: S, channel: Channel): Client<S> {
  const methods = service.methods.map(
    (method) => [method.localName, methodOf(new Caller(method, channel))] as const,
  );
  return Object.fromEntries(methods) as Client<S>;
}

function methodOf(caller: Caller): unknown {
  switch (caller.method.methodKind) {
    case "unary":
      return (request: object, options: ClientCallOptions = {}) => caller.unary(request, options);
    case "server_streaming":
      return (request: object, options: ClientCallOptions = {}) => caller.serverStream(request, options);
    case "client_streaming":
      return (requests: AsyncIterable<object>, options: ClientCallOptions = {}) =>
        caller.clientStream(requests, options);
    default:
      return (requests: AsyncIterable<object>, options: ClientCallOptions = {}) =>
        caller.bidi(requests, options);
  }
}

/** Makes the calls of one method. */
class Caller {
  readonly method: DescMethod;
  readonly #channel: Channel;
  readonly #path: string;

  constructor(method: DescMethod, channel: Channel) {
    this.method = method;
    this.#channel = channel;
    this.#path = `/${method.parent.typeName}/${method.name}`;
  }

  unary(request: object, options: ClientCallOptions): Promise<unknown> {
    return this.#single(options, (done) =>
      this.#channel.grpc.makeUnaryRequest(...this.#codec, request, ...settings(options), done),
    );
  }

  async clientStream(requests: AsyncIterable<object>, options: ClientCallOptions): Promise<unknown> {
    let writer: RequestWriter<object> | undefined;
    let failure: { readonly err: unknown } | undefined;
    try {
      return await this.#single(options, (done) => {
        const call = this.#channel.grpc.makeClientStreamRequest<object, object>(
          ...this.#codec,
          ...settings(options),
          done,
        );
        writer = new RequestWriter(call, requests);
        void writer.run((err) => {
          failure = { err };
          call.cancel();
        });
        return call;
      });
    } catch (err) {
      throw failure === undefined ? err : failure.err;
    } finally {
      writer?.stop();
    }
  }

  serverStream(request: object, options: ClientCallOptions): ResponseStream<object> {
    options.signal?.throwIfAborted();
    const call = this.#channel.grpc.makeServerStreamRequest<object, object>(
      ...this.#codec,
      request,
      ...settings(options),
    );
    return new ResponseStream(call, options);
  }

  bidi(requests: AsyncIterable<object>, options: ClientCallOptions): ResponseStream<object> {
    options.signal?.throwIfAborted();
    const call = this.#channel.grpc.makeBidiStreamRequest<object, object>(
      ...this.#codec,
      ...settings(options),
    );
    const writer = new RequestWriter(call, requests);
    const responses = new ResponseStream(call, options, () => writer.stop());
    void writer.run((err) => responses.fail(err));
    return responses;
  }

  /** A call with one response. */
  #single(
    options: ClientCallOptions,
    start: (done: (err: Error | null, response?: object) => void) => { cancel(): void },
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      options.signal?.throwIfAborted();
      let off = (): void => {};
      const call = start((err, response) => {
        off();
        if (err) reject(callError(err, options));
        else resolve(response);
      });
      off = onAbort(options.signal, () => call.cancel());
    });
  }

  get #codec(): [string, (message: object) => Buffer, (bytes: Buffer) => object] {
    const { input, output } = this.method;
    return [
      this.#path,
      (message) => {
        const bytes = toBinary(input, create(input, message as never));
        return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      },
      (bytes) => fromBinary(output, bytes),
    ];
  }
}

const settings = (
  options: ClientCallOptions,
): [ReturnType<typeof metadataOf>, ReturnType<typeof deadlineOf>] => [
  metadataOf(options),
  deadlineOf(options),
];
