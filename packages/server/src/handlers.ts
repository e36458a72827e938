import type { DescMethod, DescService, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { CallOptions } from "@davit/namespaces";

type In<M extends DescMethod> = MessageShape<M["input"]>;
type Out<M extends DescMethod> = MessageInitShape<M["output"]>;

/** A message that is encoded already: the transport writes the bytes as they are. They are borrowed until the write ends. */
export interface EncodedMessage {
  readonly encoded: Uint8Array;
}

/** How one method is answered. The request is decoded, the options come from the headers; the transport is not seen. */
export type MethodHandler<M extends DescMethod> = M["methodKind"] extends "unary"
  ? (request: In<M>, options: CallOptions) => Promise<Out<M>>
  : M["methodKind"] extends "server_streaming"
    ? (request: In<M>, options: CallOptions) => AsyncIterable<Out<M> | EncodedMessage>
    : M["methodKind"] extends "client_streaming"
      ? (requests: AsyncIterable<In<M>>, options: CallOptions) => Promise<Out<M>>
      : (requests: AsyncIterable<In<M>>, options: CallOptions) => AsyncIterable<Out<M> | EncodedMessage>;

/**
 * The methods of a protobuf service as an object: what a `service.v1` plugin gives to others in the process, and what a
 * `grpc.v1` plugin serves. Both are the same thing seen from two sides, so that neither can drift from the other.
 */
export type ServiceMethods<S extends DescService> = {
  readonly [K in keyof S["method"]]: MethodHandler<S["method"][K]>;
};

/** A service and the object that answers it. */
export interface ServiceImplementation {
  readonly service: DescService;
  /** By local name (`listStream`), as in {@link ServiceMethods}; a method that is absent answers Unimplemented. */
  readonly methods: Readonly<Record<string, unknown>>;
}

/** Pairs a service with its methods, checked against each other by the compiler. */
export function implement<S extends DescService>(
  service: S,
  methods: Partial<ServiceMethods<S>>,
): ServiceImplementation {
  return { service, methods };
}
