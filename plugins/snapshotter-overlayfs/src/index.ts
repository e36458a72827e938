/** The overlayfs snapshotter: `io.containerd.snapshotter.v1.overlayfs`. @packageDocumentation */
export * from "./overlay-snapshotter.ts";
export * from "./plugin.ts";
export { inUserNamespace } from "./support.ts";
