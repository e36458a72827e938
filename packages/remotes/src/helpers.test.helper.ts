import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Registry,
  registryHosts,
  type BlobSink,
  type Clock,
  type FetchPool,
  type RegistryOptions,
} from "@davit/remotes";

/** A clock that does not wait, and remembers for how long it should have. */
export class TestClock implements Clock {
  readonly slept: number[] = [];
  time: number = Date.parse("2024-01-02T03:04:05Z");

  now(): number {
    return this.time;
  }

  random(): number {
    return 1;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.slept.push(ms);
    this.time += ms;
    await Promise.resolve();
  }
}

/** A registry client that speaks plain HTTP and waits for nothing. */
export function plainRegistry(
  options: RegistryOptions & { readonly stallTimeoutMs?: number; readonly pool?: FetchPool } = {},
): Registry {
  const { stallTimeoutMs, ...rest } = options;
  return new Registry({
    hosts: registryHosts({ defaultScheme: "http", proxy: {}, stallTimeoutMs }),
    clock: new TestClock(),
    ...rest,
  });
}

/** A directory that goes with the test. */
export class Scratch implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), "davit-remotes-"));

  write(name: string, content: string | Uint8Array): string {
    const file = join(this.path, name);
    writeFileSync(file, content);
    return file;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** The file of an ingest, with some bytes in it already. */
export class SinkFile implements Disposable {
  readonly #scratch = new Scratch();
  readonly #file: string;
  readonly sink: BlobSink;

  constructor(initial: string | Uint8Array = "", offset: number = Buffer.byteLength(initial)) {
    this.#file = this.#scratch.write("data", initial);
    const fd = openSync(this.#file, "r+");
    this.sink = { fd, offset: BigInt(offset), progress: new SharedArrayBuffer(8) };
  }

  get content(): Buffer {
    return readFileSync(this.#file);
  }

  /** The published count. */
  get progress(): bigint {
    return Atomics.load(new BigInt64Array(this.sink.progress), 0);
  }

  [Symbol.dispose](): void {
    closeSync(this.sink.fd);
    this.#scratch[Symbol.dispose]();
  }
}
