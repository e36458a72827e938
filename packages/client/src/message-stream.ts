import { randomBytes } from "node:crypto";
import { StreamInitSchema } from "@davit/api/services/streaming";
import { create } from "@bufbuild/protobuf";
import { UnavailableError } from "@davit/errdefs";
import type { ResponseStream } from "@davit/grpc/client";
import { packAny, type Any } from "@davit/typeurl";
import { Outbox } from "./outbox.ts";
import type { Abortable, Session } from "./session.ts";

/**
 * A stream of the streaming service: messages between this client and a part of the daemon that is told its id
 * (reference 06 §11). Iterating it gives what the daemon sends, until it ends the stream.
 */
export class MessageStream implements AsyncIterable<Any>, AsyncDisposable {
  readonly id: string;
  readonly #outbox: Outbox<Any>;
  readonly #incoming: ResponseStream<Any>;

  private constructor(id: string, outbox: Outbox<Any>, incoming: ResponseStream<Any>) {
    this.id = id;
    this.#outbox = outbox;
    this.#incoming = incoming;
  }

  /**
   * Opens a stream under a new id and waits until the daemon knows it.
   * @param purpose begins the id, as `progress`.
   * @throws NotImplementedError when the daemon has no streaming service.
   */
  static async open(
    { services }: Session,
    purpose: string,
    { signal }: Abortable = {},
  ): Promise<MessageStream> {
    const id = `${purpose}-${randomBytes(9).toString("base64url")}`;
    const outbox = new Outbox<Any>();
    outbox.push(packAny(StreamInitSchema, create(StreamInitSchema, { id })));
    const incoming = services.streaming.stream(outbox, { signal });
    if ((await incoming.next()).done) throw new UnavailableError(`stream ${id} ended before it began`);
    return new MessageStream(id, outbox, incoming);
  }

  send(message: Any): void {
    this.#outbox.push(message);
  }

  [Symbol.asyncIterator](): AsyncIterator<Any> {
    return this.#incoming;
  }

  /** Ends the stream in both directions. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#outbox.end();
    await this.#incoming.return();
  }
}
