/** The task runtime of shims: io.containerd.runtime.v2.task. @packageDocumentation */

export const name: string = "@davit/plugin-runtime-task";
