import { ContentPlugin, type ContentStore } from "@davit/content";
import { EventPlugin, type EventExchange } from "@davit/events";
import { MetadataPlugin, type MetadataStore } from "@davit/metadata";
import { plugin, requires, requiresAll, type InitContext, type Plugin } from "@davit/plugin";
import { SnapshotPlugin, type Snapshotter } from "@davit/snapshots";
import { config, type Config } from "./config.ts";
import { LevelMetadata } from "./level-metadata.ts";

/** `io.containerd.metadata.v1.level`; answers to `bolt`, containerd's id, in configuration. */
@plugin({ type: MetadataPlugin, id: "level", aliases: ["bolt"], config })
export class MetadataLevelPlugin implements Plugin<MetadataStore, Config> {
  readonly #content: ContentStore;
  readonly #events: EventExchange;
  readonly #snapshotters: ReadonlyMap<string, Snapshotter>;

  constructor(
    @requires(ContentPlugin) content: ContentStore,
    @requires(EventPlugin) events: EventExchange,
    @requiresAll(SnapshotPlugin) snapshotters: ReadonlyMap<string, Snapshotter>,
  ) {
    this.#content = content;
    this.#events = events;
    this.#snapshotters = snapshotters;
  }

  async init({ root, config, exports }: InitContext<Config>): Promise<MetadataStore> {
    const { content_sharing_policy: contentSharingPolicy, no_sync: noSync } = config;
    exports["policy"] = contentSharingPolicy;
    const backends = { content: this.#content, events: this.#events, snapshotters: this.#snapshotters };
    const store = await LevelMetadata.open(root, backends, { contentSharingPolicy, noSync });
    exports["path"] = store.path;
    return store;
  }
}
