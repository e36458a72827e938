import { setTimeout } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import { ProgressSchema, type Progress } from "@davit/api/transfer";
import { wireMessage } from "@davit/errdefs";
import type { Logger } from "@davit/plugin";
import type { Stream } from "@davit/streaming";
import type { TransferProgress } from "@davit/transfer";
import { packAny } from "@davit/typeurl";

/** How long a client that does not read may hold up the end of its transfer, in milliseconds. */
const FLUSH_MS = 2000;

/**
 * Sends news to the client in their order. A transfer is never held up by a client that reads slowly: what waits to be sent is
 * replaced by newer news of the same kind, and so there is never more of it than blobs. Disposing it sends what waits, and
 * closes the stream.
 */
export class ProgressStream implements AsyncDisposable {
  readonly #stream: Stream;
  readonly #log: Logger;
  /** In the order in which they came. */
  readonly #waiting = new Map<string, TransferProgress>();
  #sending: Promise<void> | undefined;
  #isOpen = true;

  constructor(stream: Stream, log: Logger) {
    this.#stream = stream;
    this.#log = log;
  }

  readonly push = (progress: TransferProgress): void => {
    if (!this.#isOpen) return;
    this.#waiting.set(`${progress.event} ${progress.name}`, progress);
    this.#sending ??= this.#send();
  };

  async #send(): Promise<void> {
    try {
      for (const [key, progress] of this.#waiting) {
        this.#waiting.delete(key);
        await this.#stream.send(packAny(ProgressSchema, toProto(progress)));
      }
    } catch (err) {
      // Whoever does not want to know gets its image all the same.
      this.#isOpen = false;
      this.#log.warn({ error: wireMessage(err) }, "progress not sent");
    }
    this.#sending = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOpen = false;
    const stop = new AbortController();
    const patience = setTimeout(FLUSH_MS, undefined, { signal: stop.signal }).catch(() => {});
    await Promise.race([this.#sending, patience]);
    stop.abort();
    await this.#stream.close();
  }
}

function toProto({ event, name, parents, progress, total, descriptor }: TransferProgress): Progress {
  const { mediaType = "", digest = "", size = 0, annotations = {} } = descriptor ?? {};
  return create(ProgressSchema, {
    event,
    name,
    parents: [...(parents ?? [])],
    progress: progress ?? 0n,
    total: total ?? 0n,
    ...(descriptor !== undefined && { desc: { mediaType, digest, size: BigInt(size), annotations } }),
  });
}
