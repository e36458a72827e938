import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { Code } from "./code.ts";
import { TtrpcError } from "./error.ts";

/** Encodes messages of a type; plain objects with some of its fields do as well. */
export function encoder(schema: DescMessage): (message: unknown) => Uint8Array {
  return (message) => toBinary(schema, create(schema, message as MessageInitShape<DescMessage>));
}

/** Decodes messages of a type, or throws a TtrpcError Internal in the words of Go's implementation. */
export function decoder<D extends DescMessage>(schema: D): (bytes: Uint8Array) => MessageShape<D> {
  return (bytes) => {
    try {
      return fromBinary(schema, bytes);
    } catch (cause) {
      throw new TtrpcError(Code.Internal, `ttrpc: error unmarshalling payload: ${(cause as Error).message}`, {
        cause,
      });
    }
  };
}

/**
 * What `source` yields, converted. No generator: one that waits for its source cannot be stopped, and one that was
 * never started does not stop its source. When `convert` throws, the source is stopped.
 */
export function mapAsync<T, U>(source: AsyncIterable<T>, convert: (item: T) => U): AsyncIterable<U> {
  const iterator = source[Symbol.asyncIterator]();
  const mapped: AsyncIterableIterator<U> = {
    async next() {
      const step = await iterator.next();
      if (step.done) return { done: true, value: undefined };
      try {
        return { done: false, value: convert(step.value) };
      } catch (error) {
        await iterator.return?.();
        throw error;
      }
    },
    async return() {
      await iterator.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
  return mapped;
}
