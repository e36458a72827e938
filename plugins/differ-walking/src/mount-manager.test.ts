import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { NotFoundError, NotImplementedError, UnavailableError } from "@davit/errdefs";
import type { Mount, MountManager } from "@davit/mount";
import { options, rootTest } from "./testing/fixture.ts";
import { tar } from "./testing/tar.ts";

const data = tar({ name: "file" });
const bind = (source: string): Mount => ({ type: "bind", source, options: ["rw", "rbind"] });

/** A manager that answers `system`, or throws it, and writes down what it is asked. */
function manager(system: readonly Mount[] | Error): {
  readonly calls: string[];
  readonly mountManager: MountManager;
} {
  const calls: string[] = [];
  const mountManager: Pick<MountManager, "activate" | "deactivate"> = {
    async activate(name, mounts, { namespace }) {
      calls.push(`activate ${name} ${namespace} ${mounts.length}`);
      if (system instanceof Error) throw system;
      return { name, active: [], system, labels: {} };
    },
    async deactivate(name, { signal }) {
      assert.equal(signal, undefined);
      calls.push(`deactivate ${name}`);
    },
  };
  return { calls, mountManager: mountManager as MountManager };
}

rootTest(
  "several mounts are activated for the time of the apply, and what is left to mount is used",
  async (fixture) => {
    const [one, two, system] = fixture.directories("one", "two", "system");
    const { calls, mountManager } = manager([bind(system)]);
    const differ = fixture.differ({ mountManager });
    const abort = new AbortController();
    await differ.apply(await fixture.layer(data), [bind(one), bind(two)], {
      ...options,
      signal: abort.signal,
    });
    assert.deepEqual([readdirSync(one), readdirSync(two), readdirSync(system)], [[], [], ["file"]]);
    const name = calls[0]?.split(" ")[1] ?? "";
    assert.match(name, /^fs-diffapply-default-[\w-]{12}$/);
    assert.deepEqual(calls, [`activate ${name} default 2`, `deactivate ${name}`]);
  },
);

rootTest("mounts are deactivated after a failure, too", async (fixture) => {
  const [one] = fixture.directories("one");
  const { calls, mountManager } = manager([bind(one)]);
  const layer = await fixture.layer(Buffer.from("no archive".repeat(100)));
  await assert.rejects(fixture.differ({ mountManager }).apply(layer, [bind(one), bind(one)], options));
  assert.equal(calls.length, 2);
});

rootTest(
  "a manager with nothing to do leaves the mounts to the differ; its other errors are the apply's",
  async (fixture) => {
    const [one, two] = fixture.directories("one", "two");
    const idle = manager(new NotImplementedError("nothing to do"));
    const layer = await fixture.layer(data);
    await fixture.differ(idle).apply(layer, [bind(one), bind(two)], options);
    assert.deepEqual(readdirSync(two), ["file"]);
    assert.equal(idle.calls.length, 1);
    const broken = manager(new UnavailableError("mounts"));
    await assert.rejects(
      fixture.differ(broken).apply(layer, [bind(one), bind(two)], options),
      UnavailableError,
    );
  },
);

rootTest("a single mount is no affair of the manager", async (fixture) => {
  const [one] = fixture.directories("one");
  const { calls, mountManager } = manager([]);
  await fixture.differ({ mountManager }).apply(await fixture.layer(data), [bind(one)], options);
  assert.deepEqual([calls, readdirSync(one)], [[], ["file"]]);
});

rootTest("an apply that worked does not fail when its mounts cannot be deactivated", async (fixture) => {
  const [one] = fixture.directories("one");
  const { mountManager } = manager([bind(one)]);
  const gone = { ...mountManager, deactivate: () => Promise.reject(new NotFoundError("mount")) };
  await fixture
    .differ({ mountManager: gone })
    .apply(await fixture.layer(data), [bind(one), bind(one)], options);
  assert.deepEqual(readdirSync(one), ["file"]);
});
