import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ContentStore } from "@davit/content";
import { DiffPlugin, type Differ } from "@davit/diff";
import { LeasePlugin, type LeaseManager } from "@davit/leases";
import { MetadataPlugin, type MetadataStore } from "@davit/metadata";
import { formatPlatform } from "@davit/platforms";
import {
  definePlugin,
  startPlugins,
  type LogLine,
  type Logger,
  type PluginDefinition,
  type PluginSet,
} from "@davit/plugin";
import { TransferLocalPlugin } from "@davit/plugin-transfer-local";
import { SnapshotPlugin, type Snapshotter } from "@davit/snapshots";
import {
  ImageVerifierPlugin,
  TransferPlugin,
  type ImageStoreEnd,
  type ImageVerifier,
  type RegistryEnd,
  type Transferrer,
  type TransferProgress,
} from "@davit/transfer";
import { FileIngestStore } from "./content.ts";
import { DirectoryDiffer } from "./differ.ts";
import { PLATFORM } from "./image.ts";
import { TestRegistry } from "./registry.ts";
import { DirectorySnapshotter } from "./snapshotter.ts";
import { MemoryImages, MemoryLeases } from "./stores.ts";

export const URI = "io.containerd.transfer.v1.local";
export const NAMESPACE = "test";

export interface FixtureOptions {
  /** The plugin's table. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly content?: ContentStore;
  readonly verifiers?: Readonly<Record<string, ImageVerifier>>;
  /** Ids of the snapshotters that are loaded; all of them are the same. */
  readonly snapshotters?: readonly string[];
  readonly differs?: readonly string[];
  readonly capabilities?: readonly string[];
}

/** The plugin between stand-ins for its neighbours, and a registry. */
export class Fixture implements AsyncDisposable {
  readonly directory: string;
  readonly registry: TestRegistry;
  readonly content: FileIngestStore;
  readonly images: MemoryImages = new MemoryImages();
  readonly leases: MemoryLeases = new MemoryLeases();
  readonly snapshotter: DirectorySnapshotter;
  readonly differ: DirectoryDiffer;
  readonly progress: TransferProgress[] = [];
  readonly warnings: string[] = [];
  plugins!: PluginSet;

  private constructor(directory: string, registry: TestRegistry, content?: ContentStore) {
    this.directory = directory;
    this.registry = registry;
    this.content = (content as FileIngestStore | undefined) ?? new FileIngestStore(directory);
    this.snapshotter = new DirectorySnapshotter(join(directory, "snapshots"));
    this.differ = new DirectoryDiffer(this.content, directory);
  }

  static async start(options: FixtureOptions = {}): Promise<Fixture> {
    const directory = await mkdtemp(join(tmpdir(), "davit-transfer-"));
    const fixture = new Fixture(directory, await TestRegistry.start(), options.content);
    fixture.plugins = await startPlugins({
      plugins: [...fixture.#neighbours(options), TransferLocalPlugin],
      root: join(directory, "root"),
      state: join(directory, "state"),
      platform: formatPlatform(PLATFORM),
      config: options.config === undefined ? {} : { [URI]: options.config },
      properties: { "davit.version": "1.2.3" },
      log: fixture.#log(),
    });
    return fixture;
  }

  #neighbours({
    capabilities = [],
    differs = ["walking"],
    snapshotters = ["overlayfs"],
    verifiers = {},
  }: FixtureOptions): PluginDefinition[] {
    const { content, images, leases } = this;
    const snapshotter = this.snapshotter as unknown as Snapshotter;
    const metadata = {
      content,
      images,
      snapshotters: new Map(snapshotters.map((id) => [id, snapshotter])),
    } as unknown as MetadataStore;
    const each = <T>(ids: readonly string[], make: (id: string) => T): T[] => ids.map(make);
    return [
      definePlugin({ type: MetadataPlugin, id: "level", init: () => metadata }),
      definePlugin({ type: LeasePlugin, id: "manager", init: () => leases as unknown as LeaseManager }),
      ...each(differs, (id) =>
        definePlugin({ type: DiffPlugin, id, platforms: "host", init: () => this.differ as Differ }),
      ),
      ...each(snapshotters, (id) =>
        definePlugin({ type: SnapshotPlugin, id, capabilities, init: () => snapshotter }),
      ),
      ...Object.entries(verifiers).map(([id, verifier]) =>
        definePlugin({ type: ImageVerifierPlugin, id, init: () => verifier }),
      ),
    ];
  }

  #log(): Logger {
    const ignore: LogLine = () => {};
    const warn: LogLine = (fields, message) => this.warnings.push(`${message} ${JSON.stringify(fields)}`);
    const log: Logger = { trace: ignore, debug: ignore, info: ignore, warn, error: warn, child: () => log };
    return log;
  }

  get transferrer(): Transferrer {
    return this.plugins.lookUp(TransferPlugin);
  }

  /** Pulls a reference, unpacked unless the destination says otherwise. */
  async pull(
    reference: string,
    {
      signal,
      lease,
      namespace = NAMESPACE,
      source = {},
      ...destination
    }: Partial<ImageStoreEnd> & {
      readonly signal?: AbortSignal;
      readonly lease?: string;
      readonly namespace?: string;
      readonly source?: Partial<RegistryEnd>;
    } = {},
  ): Promise<void> {
    await this.transferrer.transfer(
      { kind: "oci-registry", reference, defaultScheme: "http", ...source },
      { kind: "image-store", name: reference, unpacks: [{ platform: PLATFORM }], ...destination },
      { namespace, lease, signal, onProgress: (each) => this.progress.push(each) },
    );
  }

  /** `event name` of what was told. */
  get events(): string[] {
    return this.progress.map(({ event, name }) => `${event} ${name}`.trim());
  }

  /** Digests of the blobs that are there. */
  async blobs(): Promise<string[]> {
    const infos = await Array.fromAsync(this.content.list({ namespace: NAMESPACE }));
    return infos.map(({ digest }) => digest);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.plugins[Symbol.asyncDispose]();
    await this.registry[Symbol.asyncDispose]();
    await rm(this.directory, { recursive: true, force: true });
  }
}
