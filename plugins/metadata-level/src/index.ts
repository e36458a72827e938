/** The metadata store in LevelDB: io.containerd.metadata.v1.level. @packageDocumentation */
export { LevelMetadata, type Backends, type LevelMetadataOptions } from "./level-metadata.ts";
export { MetadataLevelPlugin } from "./plugin.ts";
export type { SharingPolicy } from "./stores/content-context.ts";
