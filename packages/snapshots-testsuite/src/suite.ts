import type { Snapshotter } from "@davit/snapshots";
import type { Run, Supports } from "./fixture.ts";
import { recordTests } from "./record-tests.ts";
import { refusalTests } from "./refusal-tests.ts";
import { treeTests } from "./tree-tests.ts";

export type { Supports } from "./fixture.ts";

export interface SnapshotsSuite {
  /** node:test's, Vitest's, … */
  readonly test: (name: string, body: () => Promise<void>) => unknown;
  /** Opens an empty snapshotter; the suite closes it. */
  readonly open: () => Promise<Snapshotter & AsyncDisposable>;
  readonly supports?: Supports;
}

/** Registers the tests of the contract (after containerd core/snapshots/testsuite; reference 03 §1). */
export function snapshotterSuite({ test, open, supports = {} }: SnapshotsSuite): void {
  const run: Run = (name, body) =>
    test(name, async () => {
      await using snapshotter = await open();
      await body(snapshotter);
    });
  recordTests(run);
  refusalTests(run, supports);
  if (supports.mounts) treeTests(run, supports);
}
