/** Mounts as containerd describes them, and how they are made. @packageDocumentation */
export * from "./mount.ts";
export * from "./manager.ts";
