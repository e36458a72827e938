import type { Scenarios } from "./context.ts";

/** What the daemon says of itself. Its plugins are compared row by row elsewhere. */
export const daemon: Scenarios = {
  "the daemon tells its version": async ({ ctr }) => {
    await ctr("version");
  },
  "what is unknown to ctr is no matter of the daemon": async ({ ctr }) => {
    await ctr("absent");
    await ctr("images", "ls", "--absent");
  },
  "plugins are found by filters": async ({ ctr }) => {
    await ctr("plugins", "ls", "-q", "id==content");
    await ctr("plugins", "ls", "type==io.containerd.snapshotter.v1,id==overlayfs");
    await ctr("plugins", "ls", "id==absent");
  },
};

/** What came with containerd 2. */
export const daemonTwo: Scenarios = {
  "the daemon tells its identity and what is deprecated": async ({ ctr, with: run }) => {
    await ctr("info");
    await ctr("deprecations", "list");
    await ctr("deprecations", "list", "--format", "json");
    await run({ env: { CONTAINERD_SUPPRESS_DEPRECATION_WARNINGS: "" } }, "namespaces", "ls", "-q");
  },
  "a runtime tells of itself": async ({ ctr }) => {
    await ctr("plugins", "inspect-runtime");
    await ctr("plugins", "inspect-runtime", "--runtime", "io.containerd.absent.v1");
  },
};
