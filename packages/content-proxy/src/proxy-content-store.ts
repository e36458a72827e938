import { Content } from "@davit/api/services/content";
import type {
  ContentStore,
  Info,
  ListOptions,
  ReaderAt,
  ReadOptions,
  Status,
  UpdateOptions,
  Writer,
  WriterOptions,
} from "@davit/content";
import type { Digest } from "@davit/digest";
import { createClient, type Channel, type Client } from "@davit/grpc/client";
import type { CallOptions } from "@davit/namespaces";
import { infoFromProto, statusFromProto } from "./convert.ts";
import { openProxyWriter } from "./proxy-writer.ts";

/**
 * A content store behind containerd's content service: of a daemon, or of a proxy plugin (containerd core/content/proxy).
 * Errors are those that the server means. It holds nothing; the channel is closed by its owner.
 */
export class ProxyContentStore implements ContentStore {
  readonly #client: Client<typeof Content>;

  constructor(channel: Channel) {
    this.#client = createClient(Content, channel);
  }

  async info(digest: Digest, options: CallOptions): Promise<Info> {
    const { info } = await this.#client.info({ digest }, options);
    return infoFromProto(info);
  }

  async update(
    { digest, labels }: Pick<Info, "digest" | "labels">,
    { fieldpaths = [], ...options }: CallOptions & UpdateOptions,
  ): Promise<Info> {
    const mask = fieldpaths.length > 0 ? { updateMask: { paths: [...fieldpaths] } } : {};
    const { info } = await this.#client.update({ info: { digest, labels: { ...labels } }, ...mask }, options);
    return infoFromProto(info);
  }

  async *list({ filters = [], ...options }: CallOptions & ListOptions): AsyncGenerator<Info> {
    for await (const { info } of this.#client.list({ filters: [...filters] }, options))
      yield* info.map(infoFromProto);
  }

  async delete(digest: Digest, options: CallOptions): Promise<void> {
    await this.#client.delete({ digest }, options);
  }

  async *read(
    digest: Digest,
    { offset = 0n, sizeBytes = 0n, ...options }: CallOptions & ReadOptions,
  ): AsyncGenerator<Uint8Array> {
    // The offsets in the answers count from the start of the read, and say nothing that their order does not.
    for await (const { data } of this.#client.read({ digest, offset, size: sizeBytes }, options)) yield data;
  }

  async readerAt(digest: Digest, options: CallOptions): Promise<ReaderAt> {
    const { sizeBytes } = await this.info(digest, options);
    return {
      sizeBytes,
      read: (buffer, position) => this.#readInto(buffer, { ...options, digest, offset: position }),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  async status(ref: string, options: CallOptions): Promise<Status> {
    const { status } = await this.#client.status({ ref }, options);
    return statusFromProto(status);
  }

  async listStatuses({ filters = [], ...options }: CallOptions & ListOptions): Promise<readonly Status[]> {
    const { statuses } = await this.#client.listStatuses({ filters: [...filters] }, options);
    return statuses.map(statusFromProto);
  }

  async abort(ref: string, options: CallOptions): Promise<void> {
    await this.#client.abort({ ref }, options);
  }

  writer(ref: string, options: CallOptions & WriterOptions): Promise<Writer> {
    return openProxyWriter(this.#client, ref, options);
  }

  async #readInto(
    buffer: Uint8Array,
    { digest, ...options }: CallOptions & { readonly digest: Digest; readonly offset: bigint },
  ): Promise<number> {
    // A size of 0 would mean all.
    if (buffer.length === 0) return 0;
    let filled = 0;
    for await (const data of this.read(digest, { ...options, sizeBytes: BigInt(buffer.length) })) {
      buffer.set(data, filled);
      filled += data.length;
    }
    return filled;
  }
}
