/** The native snapshotter of plain copies: io.containerd.snapshotter.v1.native. @packageDocumentation */

export const name: string = "@davit/plugin-snapshotter-native";
