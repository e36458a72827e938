import type { ClientDuplexStream, ClientWritableStream } from "@grpc/grpc-js";

/** Sends requests as they come, while the server has room for them. */
export class RequestWriter<I> {
  readonly #call: ClientWritableStream<I> | ClientDuplexStream<I, unknown>;
  readonly #requests: AsyncIterator<I>;
  #over = false;
  #wake: (() => void) | undefined;

  constructor(call: ClientWritableStream<I> | ClientDuplexStream<I, unknown>, requests: AsyncIterable<I>) {
    this.#call = call;
    this.#requests = requests[Symbol.asyncIterator]();
    call.on("drain", () => this.#wake?.());
  }

  /** Sends all; calls `onError` with what the requests throw. */
  async run(onError: (err: unknown) => void): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await this.#requests.next();
        if (this.#over) return;
        if (done) break;
        if (!this.#call.write(value)) await this.#room();
        if (this.#over) return;
      }
      this.#call.end();
    } catch (err) {
      onError(err);
    }
  }

  /** The call is over: no more requests are asked for. Those that are being waited for are not waited for any more. */
  stop(): void {
    if (this.#over) return;
    this.#over = true;
    this.#wake?.();
    // A generator that waits for something else ends when it gets it; its own failure then is nobody's business.
    void Promise.resolve(this.#requests.return?.()).catch(() => {});
  }

  #room(): Promise<void> {
    return this.#over ? Promise.resolve() : new Promise((resolve) => (this.#wake = resolve));
  }
}
