import type { ContentStore } from "@davit/content";
import { blobTests } from "./blobs.ts";
import { commitTests } from "./commits.ts";
import { fileTests } from "./files.ts";
import { ingestTests } from "./ingests.ts";
import { labelTests } from "./labels.ts";
import { namespaceTests } from "./namespaces.ts";
import { readTests } from "./reads.ts";
import { uniqueNamespace, type ContentSupports, type Define } from "./trial.ts";

/** What the suite needs of its user. */
export interface ContentSuite {
  /** `test` of node:test, Vitest, Jest, … */
  readonly test: (name: string, body: () => Promise<void>) => unknown;
  /**
   * Opens an empty store; the suite closes it. Each test works in namespaces of its own, so where the store divides by
   * namespace one daemon may serve them all.
   */
  readonly open: () => Promise<ContentStore & AsyncDisposable>;
  /** Optional behaviour; what is not declared is either not tested, or tested to be absent. */
  readonly supports?: ContentSupports;
}

/** Defines the tests of a content store (after containerd core/content/testsuite, and reference behaviour seen on its API). */
export function contentStoreSuite({ test, open, supports = {} }: ContentSuite): void {
  const define: Define = (name, body) => {
    test(name, async () => {
      await using store = await open();
      await body({ store, call: { namespace: uniqueNamespace() }, supports });
    });
  };
  blobTests(define);
  readTests(define);
  ingestTests(define);
  commitTests(define, supports);
  labelTests(define, supports);
  namespaceTests(define, supports);
  fileTests(define, supports);
}
