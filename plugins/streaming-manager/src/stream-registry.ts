import { AlreadyExistsError, NotFoundError, quote } from "@davit/errdefs";
import type { LeaseManager } from "@davit/leases";
import type { CallOptions } from "@davit/namespaces";
import type { RegisteredStream, Stream, StreamManager } from "@davit/streaming";

/** The open streams of this process (containerd plugins/streaming). They do not outlive it, nor do their clients' calls. */
export class StreamRegistry implements StreamManager, AsyncDisposable {
  readonly #leases: Pick<LeaseManager, "list">;
  readonly #streams = new Map<string, RegisteredStream>();

  constructor(leases: Pick<LeaseManager, "list">) {
    this.#leases = leases;
  }

  async register(id: string, stream: Stream, options: CallOptions): Promise<Disposable> {
    const { namespace, lease } = options;
    if (lease !== undefined) await this.#checkLease(lease, options);
    const key = keyOf(namespace, id);
    if (this.#streams.has(key)) throw new AlreadyExistsError("");
    const registered = { namespace, id, lease, stream };
    this.#streams.set(key, registered);
    return {
      [Symbol.dispose]: () => {
        // By now the id may be another's.
        if (this.#streams.get(key) === registered) this.#streams.delete(key);
      },
    };
  }

  async get(id: string, { namespace }: CallOptions): Promise<Stream> {
    const registered = this.#streams.get(keyOf(namespace, id));
    if (registered === undefined) throw new NotFoundError("");
    return registered.stream;
  }

  list(): readonly RegisteredStream[] {
    return [...this.#streams.values()];
  }

  /** Ends the streams there are. */
  async [Symbol.asyncDispose](): Promise<void> {
    const streams = this.list();
    this.#streams.clear();
    await Promise.allSettled(streams.map(async ({ stream }) => stream[Symbol.asyncDispose]()));
  }

  async #checkLease(lease: string, options: CallOptions): Promise<void> {
    const found = await this.#leases.list({ ...options, filters: [`id==${quote(lease)}`] });
    if (found.length === 0) throw new NotFoundError("lease does not exist");
  }
}

/** No namespace has a NUL in its name. */
const keyOf = (namespace: string, id: string): string => `${namespace}\0${id}`;
