import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ContentStore } from "@davit/content";
import { MemoryStore } from "@davit/content-testsuite";
import type { Envelope, EventExchange } from "@davit/events";
import { LevelMetadata, type LevelMetadataOptions } from "@davit/plugin-metadata-level";
import type { Snapshotter } from "@davit/snapshots";
import { eventRegistry } from "@davit/api";
import { fromBinary } from "@bufbuild/protobuf";
import { MemorySnapshotter } from "./memory-snapshotter.ts";

/** A directory that goes when it is disposed of. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "davit-metadata-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A store that has one space for all namespaces, as backends do, over one that divides. */
export const undivided = (store: ContentStore): ContentStore =>
  new Proxy(store, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name, target);
      if (typeof method !== "function") return method;
      return (...args: unknown[]): unknown => {
        const options = args.at(-1);
        const last = { ...(options as object), namespace: "backend" };
        return Reflect.apply(method, target, [...args.slice(0, -1), last]);
      };
    },
  });

/** What was published, decoded. */
export class RecordedEvents implements EventExchange {
  readonly published: { readonly namespace: string; readonly topic: string; readonly event: object }[] = [];
  /** What publishing throws. */
  failure: Error | undefined;

  async publish(...[topic, event, { namespace }]: Parameters<EventExchange["publish"]>): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    const schema = eventRegistry.getMessage(event?.typeUrl ?? "");
    if (schema === undefined || event === undefined) throw new Error(`no event message: ${event?.typeUrl}`);
    const { $typeName, ...fields } = fromBinary(schema, event.value);
    this.published.push({ namespace, topic, event: { type: $typeName, ...fields } });
  }

  forward(_envelope: Envelope): Promise<void> {
    throw new Error("nothing forwards here");
  }

  subscribe(): AsyncIterableIterator<Envelope> {
    throw new Error("nothing subscribes here");
  }

  /** What was published since the last call. */
  take(): { readonly namespace: string; readonly topic: string; readonly event: object }[] {
    return this.published.splice(0);
  }
}

/** A metadata store over backends in memory, in a directory of its own. */
export interface Fixture extends AsyncDisposable {
  readonly root: string;
  readonly metadata: LevelMetadata;
  readonly content: ContentStore;
  readonly snapshotter: MemorySnapshotter;
  readonly snapshotters: Map<string, Snapshotter>;
  readonly events: RecordedEvents;
  /** Closes the store and opens it again. */
  reopen(): Promise<LevelMetadata>;
}

export async function openFixture(options: LevelMetadataOptions = {}): Promise<Fixture> {
  const directory = await temporaryDirectory();
  const content = undivided(new MemoryStore());
  const snapshotter = new MemorySnapshotter();
  const snapshotters = new Map<string, Snapshotter>([["memory", snapshotter]]);
  const events = new RecordedEvents();
  const open = () => LevelMetadata.open(directory.path, { content, snapshotters, events }, options);
  let metadata = await open();
  return {
    root: directory.path,
    content,
    snapshotter,
    snapshotters,
    events,
    get metadata() {
      return metadata;
    },
    async reopen() {
      await metadata[Symbol.asyncDispose]();
      metadata = await open();
      return metadata;
    },
    async [Symbol.asyncDispose]() {
      await metadata[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

export async function gather<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
