/** The walking differ: io.containerd.differ.v1.walking. @packageDocumentation */

export const name: string = "@davit/plugin-differ-walking";
