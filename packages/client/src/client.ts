import type { Container as ContainerRecord } from "@davit/api/services/containers";
import type { Info as ContentInfo } from "@davit/api/services/content";
import type { Image } from "@davit/api/services/images";
import type { Plugin } from "@davit/api/services/introspection";
import type { Namespace } from "@davit/api/services/namespaces";
import type { Info as SnapshotInfo } from "@davit/api/services/snapshots";
import type { VersionResponse } from "@davit/api/services/version";
import type { Process as ProcessRecord } from "@davit/api/types/task";
import { openChannel, type Channel } from "@davit/grpc/client";
import { Container } from "./container.ts";
import { defaultSnapshotter } from "./defaults.ts";
import { events, type DaemonEvent, type EventOptions } from "./events.ts";
import { getImage, resolveImage, type ResolvedImage } from "./images.ts";
import { withLease } from "./leases.ts";
import { createContainer, type NewContainer } from "./new-container.ts";
import type { PlatformLike } from "./platform.ts";
import { pull, type PullOptions } from "./pull.ts";
import { run, type RunOptions } from "./run.ts";
import { servicesOn, type Services } from "./services.ts";
import type { Abortable, Session } from "./session.ts";
import { unpack } from "./unpack.ts";

/** Where davitd listens unless it is told otherwise. */
export const DEFAULT_ADDRESS = "/run/davit/davit.sock";

/** Which daemon, and how it is used. */
export interface ConnectOptions {
  /** Path of the socket, `unix:///path`, or `host:port`; default davitd's. */
  readonly address?: string | undefined;
  /** Default `default`. */
  readonly namespace?: string | undefined;
  /** Directory for the FIFOs of processes; default `/run/davit/fifo`. */
  readonly fifoDir?: string | undefined;
}

/** What the list calls take: one of containerd's filters must match. */
export interface ListOptions extends Abortable {
  readonly filters?: readonly string[] | undefined;
}

/** Opens a client of a daemon with containerd's API. Nothing is connected before the first call. */
export const connect = (options?: ConnectOptions): Client => new Client(options);

/** A daemon with containerd's API, in one namespace. Errors are those of `@davit/errdefs`. */
export class Client implements Session, Disposable {
  readonly address: string;
  readonly namespace: string;
  readonly fifoDir: string;
  /** The services themselves, for what has no method here. */
  readonly services: Services;
  readonly #channel: Channel;

  constructor(options: ConnectOptions = {}, channel?: Channel) {
    this.address = options.address ?? DEFAULT_ADDRESS;
    this.namespace = options.namespace ?? "default";
    this.fifoDir = options.fifoDir ?? "/run/davit/fifo";
    this.#channel = channel ?? openChannel(this.address);
    this.services = servicesOn(this.#channel, this.namespace);
  }

  /** The same daemon in another namespace, on the same connection. */
  inNamespace(namespace: string): Client {
    return new Client({ address: this.address, fifoDir: this.fifoDir, namespace }, this.#channel);
  }

  /** Connects. @throws UnavailableError when that takes longer than `timeoutMs` (default 10 s). */
  async ready(timeoutMs = 10_000): Promise<void> {
    await this.#channel.ready(timeoutMs);
  }

  version({ signal }: Abortable = {}): Promise<VersionResponse> {
    return this.services.version.version({}, { signal });
  }

  /** The plugins of the daemon, failed and skipped ones with their reason. */
  async plugins({ filters = [], signal }: ListOptions = {}): Promise<readonly Plugin[]> {
    return (await this.services.introspection.plugins({ filters: [...filters] }, { signal })).plugins;
  }

  async namespaces({ signal }: Abortable = {}): Promise<readonly Namespace[]> {
    return (await this.services.namespaces.list({}, { signal })).namespaces;
  }

  /** @see pull */
  pull(reference: string, options?: PullOptions): Promise<Image> {
    return pull(this, reference, options);
  }

  async images({ filters = [], signal }: ListOptions = {}): Promise<readonly Image[]> {
    return (await this.services.images.list({ filters: [...filters] }, { signal })).images;
  }

  /** @throws NotFoundError. */
  image(name: string, options?: Abortable): Promise<Image> {
    return getImage(this, name, options);
  }

  /** Manifest and configuration of an image for one platform. @see resolveImage */
  resolve(image: Image, options?: Abortable & { platform?: PlatformLike }): Promise<ResolvedImage> {
    return resolveImage(this, image, options);
  }

  /** Unpacks an image where it is not yet. @see unpack */
  async unpack(
    image: Image,
    options: Abortable & { snapshotter?: string; platform?: PlatformLike } = {},
  ): Promise<void> {
    const resolved = await resolveImage(this, image, options);
    await unpack(this, resolved, options.snapshotter ?? (await defaultSnapshotter(this, options)), options);
  }

  /**
   * Removes the name of an image; what nothing refers to any more goes with the next collection.
   * @param options `sync` collects and waits for it.
   * @throws NotFoundError.
   */
  async removeImage(
    name: string,
    { sync = false, signal }: Abortable & { sync?: boolean } = {},
  ): Promise<void> {
    await this.services.images.delete({ name, sync }, { signal });
  }

  async containers({ filters = [], signal }: ListOptions = {}): Promise<readonly ContainerRecord[]> {
    return (await this.services.containers.list({ filters: [...filters] }, { signal })).containers;
  }

  /** A container by its id; that it exists is not asked. */
  container(id: string): Container {
    return new Container(this, id);
  }

  /** @see createContainer */
  createContainer(options: NewContainer): Promise<Container> {
    return createContainer(this, options);
  }

  /** Runs a container to its end and returns its exit code. @see run */
  run(options: RunOptions): Promise<number> {
    return run(this, options);
  }

  /** The tasks of the namespace. */
  async tasks({ signal }: Abortable = {}): Promise<readonly ProcessRecord[]> {
    return (await this.services.tasks.list({}, { signal })).tasks;
  }

  /** @see events */
  events(options?: EventOptions): AsyncGenerator<DaemonEvent, void, undefined> {
    return events(this, options);
  }

  /** Blobs of the namespace. */
  async *content({ filters = [], signal }: ListOptions = {}): AsyncGenerator<ContentInfo, void, undefined> {
    for await (const { info } of this.services.content.list({ filters: [...filters] }, { signal }))
      yield* info;
  }

  /** Snapshots of the namespace in one snapshotter. */
  async *snapshots({
    snapshotter,
    filters = [],
    signal,
  }: ListOptions & { readonly snapshotter?: string | undefined } = {}): AsyncGenerator<
    SnapshotInfo,
    void,
    undefined
  > {
    const name = snapshotter ?? (await defaultSnapshotter(this, { signal }));
    const request = { snapshotter: name, filters: [...filters] };
    for await (const { info } of this.services.snapshots.list(request, { signal })) yield* info;
  }

  /** @see withLease */
  withLease<T>(fn: (lease: string) => Promise<T>, options?: Abortable): Promise<T> {
    return withLease(this, fn, options);
  }

  /** Closes the connection, that of the clients made by `inNamespace` with it; calls under way are cancelled. Idempotent. */
  close(): void {
    this.#channel.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
