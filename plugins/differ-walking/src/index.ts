/** The walking differ, for all file systems: `io.containerd.differ.v1.walking`. @packageDocumentation */
export { DifferWalkingPlugin, type WalkingConfig } from "./plugin.ts";
export { directTarget, type Target } from "./target.ts";
export { WalkingDiffer, type WalkingDifferOptions } from "./walking-differ.ts";
