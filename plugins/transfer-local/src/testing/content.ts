import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { open, readFile, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { CommitOptions, Delegation, Status, Writer, WriterOptions } from "@davit/content";
import { MemoryStore } from "@davit/content-testsuite";
import type { Digest } from "@davit/digest";
import type { CallOptions } from "@davit/namespaces";

/** Blobs in memory, but ingests in files, which other threads can write. Remembers under which leases it was called. */
export class FileIngestStore extends MemoryStore {
  readonly #directory: string;
  /** `open <ref> <lease>`, `commit <ref> <lease>`. */
  readonly calls: string[] = [];
  /** The media types that writers were opened with, by digest. */
  readonly mediaTypes: Map<string, string> = new Map();
  /** Bytes that passed this thread. */
  writtenHere = 0;

  constructor(directory: string) {
    super();
    this.#directory = directory;
  }

  override async writer(ref: string, options: CallOptions & WriterOptions): Promise<Writer> {
    this.calls.push(`open ${ref} ${options.lease ?? "-"}`);
    this.mediaTypes.set(options.expected ?? "", options.mediaType ?? "");
    const inner = await super.writer(ref, options);
    const file = await open(this.#path(ref, options), existsSync(this.#path(ref, options)) ? "r+" : "w+");
    return new FileWriter(this, inner, file, this.#path(ref, options));
  }

  override async status(ref: string, call: CallOptions): Promise<Status> {
    return { ...(await super.status(ref, call)), offset: sizeOf(this.#path(ref, call)) };
  }

  override async abort(ref: string, call: CallOptions): Promise<void> {
    await super.abort(ref, call);
    await rm(this.#path(ref, call), { force: true });
  }

  /** What is in an ingest, `undefined` when there is none. */
  async ingested(ref: string, namespace = "test"): Promise<Buffer | undefined> {
    const refs = (await this.listStatuses({ namespace })).map((status) => status.ref);
    return refs.includes(ref) ? await readFile(this.#path(ref, { namespace })) : undefined;
  }

  #path(ref: string, { namespace }: CallOptions): string {
    return join(this.#directory, createHash("sha256").update(`${namespace}/${ref}`).digest("hex"));
  }
}

const sizeOf = (path: string): bigint => (existsSync(path) ? BigInt(statSync(path).size) : 0n);

class FileWriter implements Writer {
  readonly #store: FileIngestStore;
  readonly #inner: Writer;
  readonly #file: FileHandle;
  readonly #path: string;
  #isOpen = true;

  constructor(store: FileIngestStore, inner: Writer, file: FileHandle, path: string) {
    this.#store = store;
    this.#inner = inner;
    this.#file = file;
    this.#path = path;
  }

  status(): Status {
    return { ...this.#inner.status(), offset: sizeOf(this.#path) };
  }

  digest(): Digest {
    return this.#inner.digest();
  }

  async write(data: Uint8Array): Promise<void> {
    this.#store.writtenHere += data.length;
    await this.#file.write(data, 0, data.length, Number(sizeOf(this.#path)));
  }

  async truncate(sizeBytes: bigint): Promise<void> {
    await this.#file.truncate(Number(sizeBytes));
  }

  delegate(): Delegation {
    return { fd: this.#file.fd, offset: sizeOf(this.#path), finished: () => {} };
  }

  async commit(options: CallOptions & CommitOptions): Promise<Digest> {
    this.#store.calls.push(`commit ${this.#inner.status().ref} ${options.lease ?? "-"}`);
    try {
      await this.#inner.truncate(0n);
      await this.#inner.write(await readFile(this.#path));
      const digest = await this.#inner.commit(options);
      await rm(this.#path);
      return digest;
    } finally {
      await this[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#file.close();
    await this.#inner[Symbol.asyncDispose]();
  }
}
