/** The metadata store in LevelDB: io.containerd.metadata.v1.level. @packageDocumentation */

export const name: string = "@davit/plugin-metadata-level";
