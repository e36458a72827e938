import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { AnySchema, type Any as AnyMessage, EmptySchema } from "@bufbuild/protobuf/wkt";
import { StreamInitSchema, type Streaming } from "@davit/api/services/streaming";
import { CanceledError, InternalError, UnavailableError } from "@davit/errdefs";
import type { CallOptions } from "@davit/namespaces";
import type { EncodedMessage, ServiceMethods } from "@davit/server";
import { isAnyOf, packAny, type Any } from "@davit/typeurl";
import { DuplexStream } from "./duplex-stream.ts";
import { Outbox } from "./outbox.ts";
import type { Stream } from "./stream.ts";

/** The streaming service, or a client of it. */
export type StreamingMethods = Pick<ServiceMethods<typeof Streaming>, "stream">;

/**
 * Opens a stream under an id that requests can name from then on. `options.signal` gives it up at any time.
 * @throws UnknownError `already exists` while another has the id.
 */
export async function openStream(
  streaming: StreamingMethods,
  id: string,
  { signal, ...options }: CallOptions,
): Promise<Stream> {
  const giveUp = new AbortController();
  const both = signal === undefined ? giveUp.signal : AbortSignal.any([signal, giveUp.signal]);
  const outgoing = new Outbox<Any>();
  const init = outgoing.send(packAny(StreamInitSchema, create(StreamInitSchema, { id })));
  init.catch(() => {}); // the call itself says why it failed
  const responses = streaming.stream(messages(outgoing), { ...options, signal: both });
  const incoming = received(responses, outgoing);
  const { done, value } = await incoming.next();
  if (done === true) throw new UnavailableError("the server ended the stream before it began");
  if (!isAnyOf(value, EmptySchema)) {
    giveUp.abort();
    throw new InternalError(`the server began the stream with ${value.typeUrl}`);
  }
  return new DuplexStream({ outgoing, incoming, abandon: () => giveUp.abort() });
}

/** The requests of the call. Not a generator: `return()` has to reach the outbox while that waits. */
function messages(outgoing: Outbox<Any>): AsyncIterableIterator<AnyMessage, undefined> {
  return {
    async next() {
      const { done, value } = await outgoing.next();
      return done === true ? { done, value: undefined } : { done: false, value: create(AnySchema, value) };
    },
    return: () => outgoing.return() as Promise<IteratorResult<AnyMessage, undefined>>,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** The responses of the call. When it is over, nothing can be sent any more either. */
async function* received(
  responses: AsyncIterable<MessageInitShape<typeof AnySchema> | EncodedMessage>,
  outgoing: Outbox<Any>,
): AsyncGenerator<Any> {
  try {
    for await (const response of responses) {
      if ("encoded" in response) throw new InternalError("the stream gave a message that is encoded already");
      const { typeUrl = "", value = new Uint8Array() } = response;
      yield { typeUrl, value };
    }
  } finally {
    outgoing.fail(new CanceledError("the stream has ended"));
  }
}
