import { refKey, type Descriptor } from "@davit/oci";
import type { TransferProgress } from "@davit/transfer";

/** How often what has changed is told, in milliseconds. */
const INTERVAL_MS = 300;

type OnProgress = (progress: TransferProgress) => void;

/**
 * Tells what becomes of each blob: that it is known and that it was there at once, how far it has come every 300 ms
 * (containerd core/transfer/local/progress.go). Disposing it tells what is left to tell.
 */
export class ProgressTracker implements Disposable {
  readonly #root: string;
  readonly #tell: OnProgress;
  readonly #jobs = new Map<string, ProgressJob>();
  readonly #parents = new Map<string, string[]>();
  readonly #timer: NodeJS.Timeout;

  /** `root` is what blobs without a parent belong to: the name of the image. */
  constructor(root: string, tell: OnProgress) {
    this.#root = root;
    this.#tell = tell;
    this.#timer = setInterval(() => this.flush(), INTERVAL_MS).unref();
  }

  /** The job of a blob; a new one waits. */
  add(descriptor: Descriptor): ProgressJob {
    const known = this.#jobs.get(descriptor.digest);
    if (known !== undefined) return known;
    const parents = this.#parents.get(descriptor.digest) ?? [this.#root];
    const job = new ProgressJob(descriptor, parents, this.#tell);
    this.#jobs.set(descriptor.digest, job);
    return job;
  }

  /** Notes what refers to blobs. To be called before these are added. */
  addChildren(parent: Descriptor, children: readonly Descriptor[]): void {
    const name = refKey(parent);
    for (const { digest } of children) {
      const parents = this.#parents.get(digest) ?? [];
      if (!parents.includes(name)) this.#parents.set(digest, [...parents, name]);
    }
  }

  /** Tells what has changed. */
  flush(): void {
    for (const job of this.#jobs.values()) job.flush();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.flush();
  }
}

/** One blob on its way. */
export class ProgressJob {
  readonly #descriptor: Descriptor;
  readonly #parents: readonly string[];
  readonly #tell: OnProgress;
  /** What ended since it was last told. */
  #ended: TransferProgress | undefined;
  /** What is being done, where that has moved since. */
  #current: TransferProgress | undefined;

  constructor(descriptor: Descriptor, parents: readonly string[], tell: OnProgress) {
    this.#descriptor = descriptor;
    this.#parents = parents;
    this.#tell = tell;
    tell(this.#progress("waiting", 0n));
  }

  /** Bytes that are fetched. */
  downloading(bytes: bigint): void {
    if (bytes > 0n) this.#current = this.#progress("downloading", bytes);
  }

  complete(): void {
    this.#end("complete");
  }

  /** There was nothing to be done. Told at once, and without parents, as in containerd. */
  exists(): void {
    this.#current = undefined;
    this.#tell({ ...this.#progress("already exists", this.#size), parents: undefined });
  }

  /** Bytes of the blob that are unpacked. */
  extracting(bytes: bigint): void {
    this.#current = this.#progress("extracting", bytes);
  }

  extracted(): void {
    this.#end("extracted");
  }

  flush(): void {
    const news = [this.#ended, this.#current];
    this.#ended = undefined;
    this.#current = undefined;
    for (const each of news) if (each !== undefined) this.#tell(each);
  }

  #end(event: string): void {
    this.#current = undefined;
    this.#ended = this.#progress(event, this.#size);
  }

  get #size(): bigint {
    return BigInt(this.#descriptor.size);
  }

  #progress(event: string, progress: bigint): TransferProgress {
    const descriptor = this.#descriptor;
    return {
      event,
      name: refKey(descriptor),
      parents: this.#parents,
      progress,
      total: this.#size,
      descriptor,
    };
  }
}
