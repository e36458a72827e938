/** The native snapshotter of plain copies: `io.containerd.snapshotter.v1.native`. @packageDocumentation */
export { copyTree } from "./copy-tree.ts";
export * from "./native-snapshotter.ts";
export * from "./plugin.ts";
