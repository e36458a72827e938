import { setTimeout as sleep } from "node:timers/promises";
import { Streaming } from "@davit/api/services/streaming";
import { AlreadyExistsError, NotFoundError } from "@davit/errdefs";
import { GrpcServer } from "@davit/grpc";
import { createClient, openChannel, type Client } from "@davit/grpc/client";
import type { CallOptions } from "@davit/namespaces";
import { streamingService } from "@davit/plugin-grpc-streaming";
import { implement } from "@davit/server";
import type { Stream, StreamManager } from "@davit/streaming";

/** Streams of one namespace, by id. */
export class MemoryStreams implements StreamManager {
  readonly streams: Map<string, Stream> = new Map();
  lastOptions: CallOptions | undefined;

  async register(id: string, stream: Stream, options: CallOptions): Promise<Disposable> {
    this.lastOptions = options;
    if (options.lease === "gone") throw new NotFoundError("lease does not exist");
    if (this.streams.has(id)) throw new AlreadyExistsError("");
    this.streams.set(id, stream);
    return { [Symbol.dispose]: () => void this.streams.delete(id) };
  }

  async get(id: string): Promise<Stream> {
    const stream = this.streams.get(id);
    if (stream === undefined) throw new NotFoundError("");
    return stream;
  }

  list(): [] {
    return [];
  }
}

/** A served service and its client. */
export interface Harness extends AsyncDisposable {
  readonly streams: MemoryStreams;
  readonly client: Client<typeof Streaming>;
  readonly server: GrpcServer;
}

export async function serve(): Promise<Harness> {
  await using stack = new AsyncDisposableStack();
  const streams = new MemoryStreams();
  const server = new GrpcServer({ services: [implement(Streaming, streamingService(streams))] });
  stack.defer(() => server.stop({ timeoutMs: 100 }));
  const channel = stack.use(openChannel(await server.listen({ host: "127.0.0.1", port: 0 })));
  const resources = stack.move();
  return {
    streams,
    server,
    client: createClient(Streaming, channel),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Waits until `condition` holds. */
export async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; !condition(); i++) {
    if (i === 1000) throw new Error("what was waited for did not happen");
    await sleep(5);
  }
}
