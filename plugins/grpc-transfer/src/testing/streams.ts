import { NotFoundError } from "@davit/errdefs";
import { streamPair, type RegisteredStream, type Stream, type StreamManager } from "@davit/streaming";

/** Streams by id, whatever the namespace. */
export class TestStreams implements StreamManager {
  readonly #streams = new Map<string, Stream>();

  /** Opens a stream; returns the client's end. */
  open(id: string): Stream {
    const [client, daemon] = streamPair();
    this.#streams.set(id, daemon);
    return client;
  }

  async register(id: string, stream: Stream): Promise<Disposable> {
    this.#streams.set(id, stream);
    return { [Symbol.dispose]: () => this.#streams.delete(id) };
  }

  async get(id: string): Promise<Stream> {
    const stream = this.#streams.get(id);
    if (stream === undefined) throw new NotFoundError("");
    return stream;
  }

  list(): readonly RegisteredStream[] {
    return [];
  }
}
