import type { Scenarios } from "./context.ts";

/** Records of containers, without tasks. */
export const containers: Scenarios = {
  "containers are created, listed, labelled and removed": async ({ ctr }, { image }) => {
    // Nothing refers to a snapshot whose container is gone.
    const kept = ["--snapshotter-label", "containerd.io/gc.root=yes"];
    await ctr("containers", "create", "--label", "a=b", "--env", "X=1", ...kept, image, "c1", "true");
    await ctr("containers", "create", image, "c1");
    await ctr(
      "containers",
      "create",
      "--snapshotter",
      "native",
      "--runtime",
      "io.containerd.runc.v2",
      image,
      "c2",
    );
    await ctr("containers", "ls");
    await ctr("containers", "ls", "-q");
    await ctr("containers", "ls", "id==c1");
    await ctr("containers", "ls", "labels.a==b");
    await ctr("containers", "ls", "id==");
    await ctr("containers", "info", "c1");
    await ctr("containers", "info", "--spec", "c1");
    await ctr("containers", "info", "absent");
    await ctr("containers", "label", "c1", "a=", "c=d");
    await ctr("containers", "label", "absent", "c=d");
    await ctr("containers", "label", "c1", `c=${"x".repeat(4096)}`);
    await ctr("containers", "rm", "--keep-snapshot", "c1");
    await ctr("snapshots", "info", "c1");
    await ctr("snapshots", "rm", "c1");
    await ctr("containers", "rm", "c2");
    await ctr("containers", "rm", "c2");
    await ctr("containers", "ls");
  },
  "containers that cannot be are refused": async ({ ctr, quietly }, { image }) => {
    await ctr("containers", "create", "absent:1", "c3");
    await ctr("containers", "create", image, "bad_");
    await ctr("containers", "create", image, `c${"x".repeat(76)}`);
    await ctr("containers", "create", "--snapshotter", "absent", image, "c4");
    await ctr("containers", "create", "--label", `a=${"x".repeat(4096)}`, image, "c5");
    await ctr("containers", "create", "--user", "nobody-here", image, "c6");
    await ctr("containers", "ls");
    // What a failed creation leaves is garbage, which only containerd collects.
    for (const key of ["bad_", `c${"x".repeat(76)}`, "c5", "c6"]) await quietly("snapshots", "rm", key);
  },
};
