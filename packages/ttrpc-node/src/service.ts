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
import { decoder, encoder, mapAsync } from "./codec.ts";
import type { HandlerContext, RawHandler, RawService } from "./handler.ts";

/** The handlers of a service. A method that is left out is answered as Unimplemented. */
export type ServiceImpl<S extends DescService> = {
  readonly [M in keyof S["method"]]?: MethodImpl<S["method"][M]>;
};

/** How a method is handled: messages may be answered as plain objects; what streams is an async iterable. */
export type MethodImpl<M> =
  M extends DescMethodUnary<infer I, infer O>
    ? (
        request: MessageShape<I>,
        context: HandlerContext,
      ) => Promise<MessageInitShape<O>> | MessageInitShape<O>
    : M extends DescMethodServerStreaming<infer I, infer O>
      ? (request: MessageShape<I>, context: HandlerContext) => AsyncIterable<MessageInitShape<O>>
      : M extends DescMethodClientStreaming<infer I, infer O>
        ? (
            requests: AsyncIterable<MessageShape<I>>,
            context: HandlerContext,
          ) => Promise<MessageInitShape<O>> | MessageInitShape<O>
        : M extends DescMethodBiDiStreaming<infer I, infer O>
          ? (
              requests: AsyncIterable<MessageShape<I>>,
              context: HandlerContext,
            ) => AsyncIterable<MessageInitShape<O>>
          : never;

/** The raw handlers of a typed service. */
export function rawService<S extends DescService>(service: S, impl: ServiceImpl<S>): RawService {
  const handlers: [string, RawHandler][] = [];
  for (const method of service.methods) {
    const handle = (impl as Record<string, unknown>)[method.localName];
    if (typeof handle === "function")
      handlers.push([method.name, rawHandler(method, handle.bind(impl) as Handle)]);
  }
  return Object.fromEntries(handlers);
}

type Handle = (input: unknown, context: HandlerContext) => unknown;

function rawHandler({ methodKind, input, output }: DescMethod, handle: Handle): RawHandler {
  const decode = decoder(input);
  const encode = encoder(output);
  const answers = (from: unknown): AsyncIterable<Uint8Array> =>
    mapAsync(from as AsyncIterable<unknown>, encode);
  const kinds: { [K in RawHandler["kind"]]: RawHandler & { kind: K } } = {
    unary: {
      kind: "unary",
      handle: async (request, context) => encode(await handle(decode(request), context)),
    },
    server_streaming: {
      kind: "server_streaming",
      handle: (request, context) => answers(handle(decode(request), context)),
    },
    client_streaming: {
      kind: "client_streaming",
      handle: async (requests, context) => encode(await handle(mapAsync(requests, decode), context)),
    },
    bidi_streaming: {
      kind: "bidi_streaming",
      handle: (requests, context) => answers(handle(mapAsync(requests, decode), context)),
    },
  };
  return kinds[methodKind];
}
