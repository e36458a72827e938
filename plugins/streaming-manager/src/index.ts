/** The stream manager: io.containerd.streaming.v1.manager. @packageDocumentation */

export const name: string = "@davit/plugin-streaming-manager";
