/** The local content store: io.containerd.content.v1.content. @packageDocumentation */

export const name: string = "@davit/plugin-content-local";
