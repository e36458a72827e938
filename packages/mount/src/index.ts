/** Mounts as containerd describes them, and how they are made. @packageDocumentation */
export * from "./make.ts";
export * from "./manager.ts";
export * from "./mount.ts";
export * from "./options.ts";
export * from "./temporary.ts";
export * from "./unmount.ts";
