import { create } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import { StreamInitSchema, type Streaming } from "@davit/api/services/streaming";
import { isAlreadyExists, UnknownError, wireMessage } from "@davit/errdefs";
import type { CallOptions } from "@davit/namespaces";
import type { ServiceMethods } from "@davit/server";
import type { Stream, StreamManager } from "@davit/streaming";
import { packAny, unpackAny, type Any } from "@davit/typeurl";
import { ServedStream } from "./served-stream.ts";

type Streams = Pick<StreamManager, "register">;

/** The methods of `containerd.services.streaming.v1.Streaming`: calls become streams of the manager. */
export function streamingService(streams: Streams): ServiceMethods<typeof Streaming> {
  return { stream: (requests, options) => serve(streams, requests, options) };
}

/** Lasts until the stream is closed in the daemon, or the client has gone. */
async function* serve(
  streams: Streams,
  requests: AsyncIterable<Any>,
  options: CallOptions,
): AsyncGenerator<Any> {
  const incoming = requests[Symbol.asyncIterator]();
  const id = await readId(incoming);
  using stack = new DisposableStack();
  const { signal } = options;
  const stream = new ServedStream({ incoming, signal, onEnd: () => stack.dispose() });
  stack.use(await register(streams, id, stream, options));
  const end = (): void => stream.end();
  signal?.addEventListener("abort", end, { once: true });
  try {
    if (signal?.aborted === true) end();
    yield packAny(EmptySchema, create(EmptySchema));
    yield* stream.outgoing;
  } finally {
    signal?.removeEventListener("abort", end);
    end();
  }
}

/** @throws UnknownError `EOF` when the client sends nothing; InvalidArgumentError for anything but a StreamInit. */
async function readId(incoming: AsyncIterator<Any, unknown>): Promise<string> {
  const { done, value } = await incoming.next();
  if (done === true) throw new UnknownError("EOF");
  return unpackAny(value, StreamInitSchema).id;
}

/** containerd does not classify this one error: an id that is taken is of code Unknown. */
async function register(
  streams: Streams,
  id: string,
  stream: Stream,
  options: CallOptions,
): Promise<Disposable> {
  try {
    return await streams.register(id, stream, options);
  } catch (err) {
    throw isAlreadyExists(err) ? new UnknownError(wireMessage(err)) : err;
  }
}
