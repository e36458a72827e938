import type { Scenarios, Steps } from "./context.ts";

/** Snapshots of both snapshotters. */
export const snapshots: Scenarios = {
  ...Object.fromEntries(
    ["overlayfs", "native"].map((name) => [`snapshots of ${name} live and end`, life(name)]),
  ),
  "snapshots of an image are shown": async ({ ctr, path }, { parts }) => {
    await ctr("snapshots", "ls");
    await ctr("snapshots", "tree");
    await ctr("snapshots", "info", parts.chainId);
    await ctr("snapshots", "usage", parts.chainId);
    await ctr("snapshots", "usage", "-b", parts.chainId);
    await ctr("snapshots", "prepare", "on-image", parts.chainId);
    await ctr("snapshots", "view", "--target", path("seen"), "view-of-image", parts.chainId);
    await ctr("snapshots", "mounts", path("here"), "on-image");
    await ctr("snapshots", "mounts", path("here"), "view-of-image");
    await ctr("snapshots", "mounts", path("here"), parts.chainId);
    await ctr("snapshots", "tree");
    await ctr("snapshots", "rm", parts.chainId);
    await ctr("snapshots", "rm", "on-image", "view-of-image");
    await ctr("snapshots", "ls");
  },
  "an unknown snapshotter is named": async ({ ctr, path }) => {
    for (const args of [
      ["ls"],
      ["info", "a"],
      ["prepare", "a"],
      ["mounts", path("here"), "a"],
      ["rm", "a"],
      ["tree"],
    ])
      await ctr("snapshots", "--snapshotter", "absent", ...args);
  },
};

/** From preparation to removal, with every wrong turn between. */
function life(name: string): Steps {
  return async ({ ctr, path }) => {
    const run = (...args: string[]) => ctr("snapshots", "--snapshotter", name, ...args);
    await run("ls");
    await run("prepare", "a");
    await run("prepare", "a");
    await run("prepare", "--mounts", "--target", path("a"), "a2");
    await run("info", "a");
    await run("label", "a", "color=green");
    await run("label", "a", `color=${"x".repeat(4096)}`);
    await run("label", "absent", "color=green");
    await run("usage", "a");
    await run("commit", "b", "a");
    await run("commit", "b", "a");
    await run("commit", "c", "b");
    await run("info", "b");
    await run("view", "v", "b");
    await run("prepare", "w", "b");
    await run("prepare", "x", "absent");
    await run("prepare", "x", "w");
    await run("commit", "b", "w");
    // With native, containerd looks for the directory that a view of its own lacks.
    if (name !== "native") await run("commit", "c", "v");
    await run("tree");
    await run("rm", "b");
    await run("rm", "absent");
    await run("info", "absent");
    await run("mounts", path("here"), "absent");
    await run("ls");
    await run("ls", "kind==committed");
    await run("ls", "parent==b");
    await run("rm", "v", "w", "b", "a2");
    await run("ls");
  };
}
