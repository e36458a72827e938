import type { Scenarios } from "./context.ts";

const LONG = "x".repeat(4096);

/** Namespaces, their labels and what is no name for one. */
export const namespaces: Scenarios = {
  "namespaces are created, labelled, listed and removed": async ({ ctr, namespace }) => {
    const name = `${namespace}-a`;
    await ctr("namespaces", "create", name, "color=green", "size=1");
    await ctr("namespaces", "create", name);
    await ctr("namespaces", "ls");
    await ctr("namespaces", "ls", "-q");
    await ctr("namespaces", "label", name, "color=", "shape=round");
    await ctr("namespaces", "ls");
    await ctr("namespaces", "remove", name);
    await ctr("namespaces", "remove", name);
    await ctr("namespaces", "ls");
  },
  "a namespace that is not empty stays": async ({ ctr, namespace }) => {
    await ctr("namespaces", "remove", namespace);
    await ctr("namespaces", "ls", "-q");
  },
  "names and labels that are none are refused": async ({ ctr, with: run, namespace }) => {
    for (const name of ["a_", "-a", "a b", "a/b", `n${"x".repeat(76)}`]) {
      await ctr("namespaces", "create", name);
      await run({ namespace: name }, "containers", "ls");
    }
    await ctr("namespaces", "create");
    await run({ namespace: "" }, "containers", "ls");
    await ctr("namespaces", "create", `${namespace}-b`, `a=${LONG}`);
    await ctr("namespaces", "label", namespace, `a=${LONG}`);
    await ctr("namespaces", "label", `${namespace}-absent`, "a=b");
    await ctr("namespaces", "label", namespace);
  },
};
