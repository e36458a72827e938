import type { CommitOptions, Status, Writer } from "@davit/content";
import { algorithmOf, digestOf, type Digest } from "@davit/digest";
import { FailedPreconditionError, InvalidArgumentError } from "@davit/errdefs";
import type { CallOptions } from "@davit/namespaces";
import { now, type Instant } from "@davit/time";

/** An ingest of a `MemoryStore`. */
export class MemoryIngest {
  readonly ref: string;
  readonly startedAt: Instant = now();
  updatedAt: Instant = this.startedAt;
  data: Buffer = Buffer.alloc(0);
  total = 0n;
  expected: Digest | undefined;
  /** Since when a writer has it. */
  lockedAt: Instant | undefined;

  constructor(ref: string) {
    this.ref = ref;
  }

  begin(total: bigint, expected: Digest | undefined): void {
    this.total = total || this.total;
    this.expected = expected;
    this.lockedAt = now();
  }

  status(): Status {
    const { ref, data, total, expected, startedAt, updatedAt } = this;
    return { ref, offset: BigInt(data.length), total, expected, startedAt, updatedAt };
  }
}

/** Turns the bytes into a blob, or throws. */
export type Publish = (data: Buffer, digest: Digest, labels: Readonly<Record<string, string>>) => void;

/** Writes an ingest of a `MemoryStore`. */
export class MemoryWriter implements Writer {
  readonly #ingest: MemoryIngest;
  readonly #publish: Publish;
  #open = true;

  constructor(ingest: MemoryIngest, publish: Publish) {
    this.#ingest = ingest;
    this.#publish = publish;
  }

  status(): Status {
    return this.#ingest.status();
  }

  digest(): Digest {
    const { data, expected } = this.#ingest;
    return digestOf(data, expected === undefined ? "sha256" : algorithmOf(expected));
  }

  async write(data: Uint8Array): Promise<void> {
    this.#assertOpen("write to");
    this.#ingest.data = Buffer.concat([this.#ingest.data, data]);
    this.#ingest.updatedAt = now();
  }

  async truncate(sizeBytes: bigint): Promise<void> {
    this.#assertOpen("truncate");
    if (sizeBytes !== 0n) throw new InvalidArgumentError("Truncate: unsupported size");
    this.#ingest.data = Buffer.alloc(0);
  }

  async commit(options: CallOptions & CommitOptions): Promise<Digest> {
    const { sizeBytes = 0n, expected, labels = {}, signal } = options;
    this.#assertOpen("commit on");
    signal?.throwIfAborted();
    try {
      const { data } = this.#ingest;
      if (sizeBytes > 0n && sizeBytes !== BigInt(data.length))
        throw new FailedPreconditionError(`unexpected commit size ${data.length}, expected ${sizeBytes}`);
      const digest = expected === undefined ? this.digest() : digestOf(data, algorithmOf(expected));
      if (expected !== undefined && expected !== digest)
        throw new FailedPreconditionError(`unexpected commit digest ${digest}, expected ${expected}`);
      this.#publish(data, digest, labels);
      return digest;
    } finally {
      await this[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#open) this.#ingest.lockedAt = undefined;
    this.#open = false;
  }

  #assertOpen(action: string): void {
    if (!this.#open) throw new FailedPreconditionError(`cannot ${action} closed writer`);
  }
}
