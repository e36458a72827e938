/** The local content store: blobs and ingests as files, laid out as containerd lays them out. @packageDocumentation */
export { ContentLocalPlugin } from "./plugin.ts";
export { LocalStore, type LocalStoreOptions } from "./store.ts";
