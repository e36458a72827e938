import { Snapshots } from "@davit/api/services/snapshots";
import { createClient, type Channel, type Client } from "@davit/grpc/client";
import type { Mount } from "@davit/mount";
import type { CallOptions } from "@davit/namespaces";
import type { Info, SnapshotLabels, Snapshotter, Usage } from "@davit/snapshots";
import { infoFromProto, mountsFromProto } from "./convert.ts";

/**
 * A snapshotter behind containerd's snapshots service: of a daemon, or of a proxy plugin (containerd core/snapshots/proxy).
 * Errors are those that the server means. It holds nothing; the channel is closed by its owner.
 */
export class ProxySnapshotter implements Snapshotter {
  readonly #client: Client<typeof Snapshots>;
  readonly #snapshotter: string;

  /** `snapshotter` is the name by which the server knows it. */
  constructor(channel: Channel, snapshotter: string) {
    this.#client = createClient(Snapshots, channel);
    this.#snapshotter = snapshotter;
  }

  async stat(key: string, options: CallOptions): Promise<Info> {
    const { info } = await this.#client.stat({ ...this.#named, key }, options);
    return infoFromProto(info);
  }

  async update(
    { name, labels }: Pick<Info, "name" | "labels">,
    {
      fieldpaths = [],
      ...options
    }: CallOptions & {
      readonly fieldpaths?: readonly string[] | undefined;
    },
  ): Promise<Info> {
    const mask = fieldpaths.length > 0 ? { updateMask: { paths: [...fieldpaths] } } : {};
    const request = { ...this.#named, info: { name, labels: { ...labels } }, ...mask };
    const { info } = await this.#client.update(request, options);
    return infoFromProto(info);
  }

  async usage(key: string, options: CallOptions): Promise<Usage> {
    const { size, inodes } = await this.#client.usage({ ...this.#named, key }, options);
    return { sizeBytes: size, inodes };
  }

  async mounts(key: string, options: CallOptions): Promise<readonly Mount[]> {
    const { mounts } = await this.#client.mounts({ ...this.#named, key }, options);
    return mountsFromProto(mounts);
  }

  async prepare(
    key: string,
    parent: string,
    { labels = {}, ...options }: CallOptions & { readonly labels?: SnapshotLabels | undefined },
  ): Promise<readonly Mount[]> {
    const request = { ...this.#named, key, parent, labels: { ...labels } };
    const { mounts } = await this.#client.prepare(request, options);
    return mountsFromProto(mounts);
  }

  async view(
    key: string,
    parent: string,
    { labels = {}, ...options }: CallOptions & { readonly labels?: SnapshotLabels | undefined },
  ): Promise<readonly Mount[]> {
    const { mounts } = await this.#client.view(
      { ...this.#named, key, parent, labels: { ...labels } },
      options,
    );
    return mountsFromProto(mounts);
  }

  async commit(
    name: string,
    key: string,
    {
      labels = {},
      parent = "",
      ...options
    }: CallOptions & {
      readonly labels?: SnapshotLabels | undefined;
      readonly parent?: string | undefined;
    },
  ): Promise<void> {
    await this.#client.commit({ ...this.#named, name, key, parent, labels: { ...labels } }, options);
  }

  async remove(key: string, options: CallOptions): Promise<void> {
    await this.#client.remove({ ...this.#named, key }, options);
  }

  async *list({
    filters = [],
    ...options
  }: CallOptions & { readonly filters?: readonly string[] | undefined }): AsyncGenerator<Info> {
    for await (const { info } of this.#client.list({ ...this.#named, filters: [...filters] }, options))
      yield* info.map(infoFromProto);
  }

  /** @throws NotImplementedError when the server's snapshotter has nothing to clean up. */
  async cleanup(options: CallOptions): Promise<void> {
    await this.#client.cleanup(this.#named, options);
  }

  get #named(): { readonly snapshotter: string } {
    return { snapshotter: this.#snapshotter };
  }
}
