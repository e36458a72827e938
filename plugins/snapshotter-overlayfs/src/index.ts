/** The overlayfs snapshotter: io.containerd.snapshotter.v1.overlayfs. @packageDocumentation */

export const name: string = "@davit/plugin-snapshotter-overlayfs";
