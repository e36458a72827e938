import { test } from "node:test";
import { contentStoreSuite } from "@davit/content-testsuite";
import { snapshotterSuite } from "@davit/snapshots-testsuite";
import { openFixture, type Fixture } from "./testing/fixture.ts";

/** A store of the fixture, which is closed with it. */
const owning = <T extends object>(store: T, fixture: Fixture): T & AsyncDisposable =>
  new Proxy(store, {
    get(target, name) {
      if (name === Symbol.asyncDispose) return () => fixture[Symbol.asyncDispose]();
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  }) as T & AsyncDisposable;

for (const policy of ["shared", "isolated"] as const)
  contentStoreSuite({
    test: (name, body) => test(`content, ${policy}: ${name}`, body),
    open: async () => {
      const fixture = await openFixture({ contentSharingPolicy: policy });
      return owning(fixture.metadata.content, fixture);
    },
    supports: { labels: true, namespaces: true, sharing: policy === "shared" },
  });

snapshotterSuite({
  test: (name, body) => test(`snapshots: ${name}`, body),
  open: async () => {
    const fixture = await openFixture();
    const snapshotter = fixture.metadata.snapshotters.get("memory");
    if (snapshotter === undefined) throw new Error("no snapshotter");
    return owning(snapshotter, fixture);
  },
  supports: { rebase: true },
});
