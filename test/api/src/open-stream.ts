import { create, toBinary } from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import { StreamInitSchema, Streaming } from "@davit/api/services/streaming";
import { toStatus } from "@davit/errdefs";
import { callsOf, type CaseOptions } from "./case.ts";
import { plainMessage, type Plain } from "./plain.ts";
import { RequestQueue } from "./request-queue.ts";
import type { Session } from "./session.ts";

const streaming = callsOf(Streaming);
const INIT = "containerd.services.streaming.v1.StreamInit";

/** What opens a stream. */
export const streamInit = (id: string, typeUrl: string = INIT): { typeUrl: string; value: Uint8Array } => ({
  typeUrl,
  value: toBinary(StreamInitSchema, create(StreamInitSchema, { id })),
});

/** A stream that stays open. */
export class OpenStream implements AsyncDisposable {
  readonly #requests = new RequestQueue<object>();
  readonly #responses: ReturnType<Session["stream"]>;

  constructor(session: Session, id: string, options: CaseOptions = {}) {
    this.#responses = session.stream(streaming.stream([], options), this.#requests);
    this.#requests.push(streamInit(id));
  }

  send(message: object): void {
    this.#requests.push(message);
  }

  end(): void {
    this.#requests.end();
  }

  /** The next message, or how the stream ended. */
  async next(): Promise<Plain> {
    try {
      const { done, value } = await this.#responses.next();
      return done === true ? "ended" : plainMessage(AnySchema, value);
    } catch (err) {
      const { code, message } = toStatus(err);
      return { code, message };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end();
    await this.#responses.return();
  }
}
