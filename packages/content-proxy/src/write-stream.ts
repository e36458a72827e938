import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Content, WriteContentRequestSchema, WriteContentResponse } from "@davit/api/services/content";
import { InternalError } from "@davit/errdefs";
import type { Client, ResponseStream } from "@davit/grpc/client";
import type { CallOptions } from "@davit/namespaces";

type Request = MessageInitShape<typeof WriteContentRequestSchema>;

/** A Write call: requests that are answered one by one. */
export class WriteStream {
  readonly #cancel = new AbortController();
  readonly #responses: ResponseStream<WriteContentResponse>;
  /** Gives the next request to the call, or ends the requests. */
  #give: (request: Request | undefined) => void = () => {};
  #next: Promise<Request | undefined>;

  constructor(client: Client<typeof Content>, options: CallOptions) {
    this.#next = this.#promised();
    this.#responses = client.write(this.#requests(), { ...options, signal: this.#cancel.signal });
  }

  /**
   * Sends a request and waits for its response. An abort of `signal` meanwhile ends the call.
   * @throws the error of the call, which is over then.
   */
  async exchange(request: Request, signal?: AbortSignal): Promise<WriteContentResponse> {
    signal?.throwIfAborted();
    const abort = (): void => this.#cancel.abort(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      this.#give(request);
      const { value } = await this.#responses.next();
      if (value === undefined)
        throw new InternalError("the content service ended the write without an answer");
      return value;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Sends no more, and waits until the server has ended the call: only then has it closed the ingest. */
  async end(): Promise<void> {
    this.#give(undefined);
    // containerd repeats its last response before it ends.
    while ((await this.#responses.next()).done !== true);
  }

  async *#requests(): AsyncGenerator<Request> {
    for (;;) {
      const request = await this.#next;
      if (request === undefined) return;
      this.#next = this.#promised();
      yield request;
    }
  }

  #promised(): Promise<Request | undefined> {
    return new Promise((resolve) => (this.#give = resolve));
  }
}
