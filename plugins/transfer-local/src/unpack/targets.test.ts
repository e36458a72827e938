import assert from "node:assert/strict";
import { test } from "node:test";
import { formatPlatform } from "@davit/platforms";
import { Fixture, URI, type FixtureOptions } from "../testing/fixture.ts";
import { imageOf, layerOf, OTHER_PLATFORM, PLATFORM } from "../testing/image.ts";

const platform = formatPlatform(PLATFORM);
const layer = layerOf({ a: "" });
const label = (snapshotter: string): string => `containerd.io/gc.ref.snapshot.${snapshotter}`;

/** What the plugin failed with; "" when it did not. */
async function startError(options: FixtureOptions): Promise<string> {
  await using fixture = await Fixture.start(options);
  const error = fixture.plugins.get(URI)?.error;
  return error instanceof Error ? error.message : "";
}

/** The snapshotters that a pulled image was unpacked to. */
async function unpackedTo(
  options: FixtureOptions,
  unpacks: NonNullable<Parameters<Fixture["pull"]>[1]>["unpacks"],
  of = PLATFORM,
): Promise<string[]> {
  await using fixture = await Fixture.start(options);
  const image = imageOf([layer], { platform: of });
  await fixture.pull(fixture.registry.put(image), { unpacks });
  const digest = image.blobs[0]?.descriptor.digest as (typeof image.top)["digest"];
  const { labels } = await fixture.content.info(digest, { namespace: "test" });
  const prefix = label("");
  return Object.keys(labels)
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length));
}

test("introspection shows containerd's requirements in containerd's order", async () => {
  await using fixture = await Fixture.start();
  assert.deepEqual(fixture.plugins.infos().find(({ uri }) => uri === URI)?.requires, [
    "io.containerd.lease.v1",
    "io.containerd.metadata.v1",
    "io.containerd.differ.v1",
    "io.containerd.image-verifier.v1",
    "io.containerd.snapshotter.v1",
  ]);
});

test("what is configured must be there, unless it is optional", async () => {
  const entry = { platform, snapshotter: "overlayfs" };
  const start = (each: object, options: FixtureOptions = {}) =>
    startError({ ...options, config: { unpack_config: [{ ...entry, ...each }] } });
  assert.equal(await start({}), "");
  assert.equal(
    await start({ snapshotter: "x" }),
    'snapshotter "x" not found: not found'.replace(" not found:", ":"),
  );
  assert.equal(await start({ snapshotter: "x", optional: true }), "");
  assert.equal(
    await start({ differ: "x" }),
    'failed to get instance for diff plugin "x": no plugins registered for io.containerd.differ.v1.x: plugin: not found',
  );
  assert.equal(await start({ differ: "x", optional: true }), "");
  assert.equal(await start({}, { differs: [] }), "no matching diff plugins: not found");
  assert.match(await start({ platform: "a/b/c/d" }), /^platform configuration a\/b\/c\/d invalid/);
});

test("without configuration the plugin starts whatever snapshotters there are", async () => {
  assert.equal(await startError({ snapshotters: [], differs: [] }), "");
});

test("no snapshotter named means overlayfs, and else the first one there is", async () => {
  assert.deepEqual(await unpackedTo({ snapshotters: ["native", "overlayfs"] }, [{}]), ["overlayfs"]);
  assert.deepEqual(await unpackedTo({ snapshotters: ["native"] }, [{}]), ["native"]);
});

test("any snapshotter that is loaded may be named, where nothing is configured", async () => {
  const snapshotters = ["native", "overlayfs"];
  assert.deepEqual(await unpackedTo({ snapshotters }, [{ platform: PLATFORM, snapshotter: "native" }]), [
    "native",
  ]);
});

test("where something is configured, nothing else can be had", async () => {
  const snapshotters = ["native", "overlayfs"];
  const config = { unpack_config: [{ platform, snapshotter: "overlayfs" }] };
  await using fixture = await Fixture.start({ snapshotters, config });
  const reference = fixture.registry.put(imageOf([layer]));
  await assert.rejects(
    fixture.pull(reference, { unpacks: [{ platform: PLATFORM, snapshotter: "native" }] }),
    {
      name: "InvalidArgumentError",
      message: "unable to initialize unpacker: no unpack platforms defined: invalid argument",
    },
  );
  assert.match(fixture.warnings.join(), /Unpack configuration not supported, skipping .*native/);
  await fixture.pull(reference, { unpacks: [{ snapshotter: "native" }, { platform: PLATFORM }] });
  assert.equal(fixture.images.all.size, 1);
});

test("other platforms of the same system are unpacked, too, unless the configuration is strict", async () => {
  const other = [{ platform: OTHER_PLATFORM }];
  assert.deepEqual(await unpackedTo({}, other, OTHER_PLATFORM), ["overlayfs"]);
  assert.deepEqual(await unpackedTo({}, [{}], OTHER_PLATFORM), ["overlayfs"]);
  assert.deepEqual(await unpackedTo({}, [{}], { os: "plan9", architecture: "amd64" }), []);
  const config = { check_platform_supported: true };
  assert.deepEqual(await unpackedTo({ config }, [{}]), ["overlayfs"]);
  assert.deepEqual(await unpackedTo({ config }, [{}], OTHER_PLATFORM), []);
  await assert.rejects(unpackedTo({ config }, other), { message: /no unpack platforms defined/ });
});

test("of several differs walking is taken, with a warning, unless one is named", async () => {
  const config = (differ: string) => ({ unpack_config: [{ platform, snapshotter: "overlayfs", differ }] });
  for (const [differ, warns] of [
    ["", true],
    ["other", false],
  ] as const) {
    await using fixture = await Fixture.start({ differs: ["other", "walking"], config: config(differ) });
    const warned = fixture.warnings.join();
    assert.equal(warned.includes("multiple differs match for platform"), warns);
    if (warns) assert.match(warned, /"chosen":"walking"/);
  }
});

test("a target for other types of configurations and layers leaves images alone, and takes its own", async () => {
  const entry = { platform, snapshotter: "overlayfs", config_type: "application/x-config" };
  const config = { unpack_config: [entry] };
  assert.deepEqual(await unpackedTo({ config }, [{}]), []);
  await using fixture = await Fixture.start({ config });
  await fixture.pull(fixture.registry.put(imageOf([layer], { configType: "application/x-config" })));
  assert.deepEqual(fixture.snapshotter.calls, [`prepare ${layer.diffId}`, `commit ${layer.diffId}`]);
});
