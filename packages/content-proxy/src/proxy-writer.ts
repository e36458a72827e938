import { WriteAction, type Content, type WriteContentResponse } from "@davit/api/services/content";
import type { CommitOptions, Status, Writer, WriterOptions } from "@davit/content";
import type { Digest } from "@davit/digest";
import { FailedPreconditionError, InvalidArgumentError } from "@davit/errdefs";
import type { Client } from "@davit/grpc/client";
import type { CallOptions } from "@davit/namespaces";
import { fromTimestamp } from "@davit/time";
import { WriteStream } from "./write-stream.ts";

/** The most data in one request, in bytes. */
const MAX_DATA_BYTES = 1024 * 1024;

/** Opens the ingest at the server. `signal` counts until it is open. */
export async function openProxyWriter(
  client: Client<typeof Content>,
  ref: string,
  { total = 0n, expected, ...options }: CallOptions & WriterOptions,
): Promise<Writer> {
  options.signal?.throwIfAborted();
  const stream = new WriteStream(client, options);
  const request = { action: WriteAction.STAT, ref, total, expected: expected ?? "" };
  const response = await stream.exchange(request, options.signal);
  return new ProxyWriter(stream, { ref, expected }, response);
}

/** An ingest at the server. */
class ProxyWriter implements Writer {
  readonly #stream: WriteStream;
  #status: Status;
  #digest: Digest;
  #open = true;

  constructor(
    stream: WriteStream,
    { ref, expected }: { readonly ref: string; readonly expected: Digest | undefined },
    first: WriteContentResponse,
  ) {
    this.#stream = stream;
    this.#digest = first.digest as Digest;
    this.#status = {
      ref,
      expected,
      offset: first.offset,
      total: first.total,
      startedAt: fromTimestamp(first.startedAt),
      updatedAt: fromTimestamp(first.updatedAt),
    };
  }

  status(): Status {
    return this.#status;
  }

  digest(): Digest {
    return this.#digest;
  }

  async write(data: Uint8Array): Promise<void> {
    this.#assertOpen("write to");
    for (let from = 0; from < data.length; from += MAX_DATA_BYTES)
      await this.#append(data.subarray(from, from + MAX_DATA_BYTES), this.#status.offset);
  }

  async truncate(sizeBytes: bigint): Promise<void> {
    this.#assertOpen("truncate");
    if (sizeBytes !== 0n) throw new InvalidArgumentError("Truncate: unsupported size");
    // A write at 0 when there is something starts over.
    if (this.#status.offset > 0n) await this.#append(new Uint8Array(), 0n);
  }

  async commit({
    sizeBytes = 0n,
    expected,
    labels = {},
    signal,
  }: CallOptions & CommitOptions): Promise<Digest> {
    this.#assertOpen("commit on");
    signal?.throwIfAborted();
    await this.#exchange(
      {
        action: WriteAction.COMMIT,
        offset: this.#status.offset,
        total: sizeBytes,
        expected: expected ?? "",
        labels: { ...labels },
      },
      signal,
    );
    await this[Symbol.asyncDispose]();
    return this.#digest;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#stream.end();
  }

  #append(data: Uint8Array, offset: bigint): Promise<void> {
    return this.#exchange({ action: WriteAction.WRITE, offset, data });
  }

  async #exchange(request: Parameters<WriteStream["exchange"]>[0], signal?: AbortSignal): Promise<void> {
    try {
      const { offset, digest } = await this.#stream.exchange(request, signal);
      this.#status = { ...this.#status, offset };
      this.#digest = digest as Digest;
    } catch (err) {
      // An error ends the call, and the server has closed the ingest.
      this.#open = false;
      throw err;
    }
  }

  #assertOpen(action: string): void {
    if (!this.#open) throw new FailedPreconditionError(`cannot ${action} closed writer`);
  }
}
