import { join } from "node:path";
import type { ContainerStore } from "@davit/containers";
import type { ContentStore } from "@davit/content";
import type { EventExchange } from "@davit/events";
import type { ImageStore } from "@davit/images";
import type { LeaseManager } from "@davit/leases";
import type { MetadataStore } from "@davit/metadata";
import type { NamespaceStore } from "@davit/namespaces";
import type { SandboxStore } from "@davit/sandbox";
import type { Snapshotter } from "@davit/snapshots";
import { Database } from "./db/database.ts";
import { KeyLocks } from "./db/key-locks.ts";
import { Updates } from "./db/updates.ts";
import { LevelContainers } from "./stores/containers.ts";
import { LevelContent } from "./stores/content.ts";
import type { SharingPolicy } from "./stores/content-context.ts";
import { LevelImages } from "./stores/images.ts";
import { LevelLeases } from "./stores/leases.ts";
import { LiveSnapshotters } from "./stores/live-snapshotters.ts";
import { LevelNamespaces } from "./stores/namespaces.ts";
import { LevelSandboxes } from "./stores/sandboxes.ts";

/** The stores that hold the bytes, and where events go. They stay their owners'. */
export interface Backends {
  readonly content: ContentStore;
  /** By plugin id; may change while the store is open. */
  readonly snapshotters: ReadonlyMap<string, Snapshotter>;
  readonly events: EventExchange;
}

export interface LevelMetadataOptions {
  /** Whether namespaces share the bytes of a blob without having to send them. Default `shared`. */
  readonly contentSharingPolicy?: SharingPolicy | undefined;
  /** Leaves the syncing of writes to the kernel: a crash of the machine may then lose what was acknowledged. */
  readonly noSync?: boolean | undefined;
}

/** The metadata store in one LevelDB. The README has its schema. */
export class LevelMetadata implements MetadataStore, AsyncDisposable {
  readonly namespaces: NamespaceStore;
  readonly content: ContentStore;
  readonly images: ImageStore;
  readonly containers: ContainerStore;
  readonly leases: LeaseManager;
  readonly sandboxes: SandboxStore;
  readonly snapshotters: ReadonlyMap<string, Snapshotter>;
  readonly #database: Database;
  readonly #updates: Updates;

  private constructor(database: Database, backends: Backends, policy: SharingPolicy) {
    const updates = new Updates(database);
    const context = { database, updates, locks: new KeyLocks(), events: backends.events };
    this.#database = database;
    this.#updates = updates;
    this.namespaces = new LevelNamespaces(context);
    this.content = new LevelContent({ ...context, backend: backends.content, policy });
    this.images = new LevelImages(context);
    this.containers = new LevelContainers(context);
    this.leases = new LevelLeases(context);
    this.sandboxes = new LevelSandboxes(context);
    this.snapshotters = new LiveSnapshotters(context, backends.snapshotters);
  }

  /**
   * Opens the database in `<root>/meta.db`; makes it when there is none.
   * @throws FailedPreconditionError when another daemon has it open, or when a newer version of Davit wrote it;
   *   DataLossError when it is damaged: then nothing is changed.
   */
  static async open(
    root: string,
    backends: Backends,
    { contentSharingPolicy = "shared", noSync }: LevelMetadataOptions = {},
  ): Promise<LevelMetadata> {
    const database = await Database.open(join(root, "meta.db"), { noSync });
    return new LevelMetadata(database, backends, contentSharingPolicy);
  }

  /** The directory of the database. */
  get path(): string {
    return this.#database.path;
  }

  onMutation(listener: (deleted: boolean) => void): Disposable {
    return this.#updates.onMutation(listener);
  }

  /** Waits for the writes under way, and closes the database. The backends stay open. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#updates.close();
    await this.#database[Symbol.asyncDispose]();
  }
}
