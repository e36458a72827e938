import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { chainIds } from "@davit/digest";
import { MemoryStore } from "@davit/content-testsuite";
import type { Descriptor } from "@davit/oci";
import { Fixture, NAMESPACE } from "../testing/fixture.ts";
import {
  bigLayer,
  imageOf,
  indexOf,
  layerOf,
  OTHER_PLATFORM,
  PLATFORM,
  type TestImage,
  type TestLayer,
} from "../testing/image.ts";
import { respond } from "../testing/registry.ts";

const base = layerOf({ "etc/base": "base" });
const middle = layerOf({ "etc/middle": "middle", "etc/base": "changed" }, "zstd");
const top = layerOf({ "etc/top": "top" }, "none");
const layers = [base, middle, top];
const chain = chainIds(layers.map(({ diffId }) => diffId));

const configOf = ({ blobs }: TestImage): Descriptor => (blobs[0] as TestImage["blobs"][0]).descriptor;
const digestsOf = (...all: readonly { readonly descriptor: Descriptor }[]): string[] =>
  all.map(({ descriptor }) => descriptor.digest);

test("a pull brings content, snapshots and the image, in containerd's order of requests", async () => {
  await using fixture = await Fixture.start();
  const image = imageOf(layers);
  const index = indexOf(image, imageOf([layerOf({ other: "" })], { platform: OTHER_PLATFORM }));
  const reference = fixture.registry.put(index);
  await fixture.pull(reference, { platforms: [PLATFORM], labels: { a: "b" } });

  const asked = fixture.registry.take();
  assert.deepEqual(asked.slice(0, 4), [
    "HEAD manifests/1",
    `GET manifests/${index.top.digest}`,
    `GET manifests/${image.top.digest}`,
    `GET blobs/${configOf(image).digest}`,
  ]);
  assert.deepEqual(
    asked.slice(4).sort(),
    digestsOf(...layers)
      .map((digest) => `GET blobs/${digest}`)
      .sort(),
  );
  const expected = [index.top.digest, image.top.digest, configOf(image).digest, ...digestsOf(...layers)];
  assert.deepEqual(await fixture.blobs(), expected.toSorted());
  assert.equal(fixture.content.writtenHere, 0, "bytes of the registry passed this thread");

  const { target, labels } = await fixture.images.get(reference);
  assert.deepEqual(
    [target.digest, target.mediaType, labels],
    [index.top.digest, index.top.mediaType, { a: "b" }],
  );
  assert.deepEqual(
    fixture.snapshotter.calls,
    chain.flatMap((id) => [`prepare ${id}`, `commit ${id}`]),
  );
  const root = fixture.snapshotter.directory(String(chain[2]));
  const read = (name: string): Promise<string> => readFile(join(root, "etc", name), "utf8");
  assert.deepEqual(await Promise.all(["base", "middle", "top"].map(read)), ["changed", "middle", "top"]);
});

test("the store is told what each blob is: its events say so", async () => {
  await using fixture = await Fixture.start();
  const image = imageOf(layers);
  await fixture.pull(fixture.registry.put(image));
  const all = [image.top, configOf(image), ...layers.map(({ descriptor }) => descriptor)];
  for (const { digest, mediaType } of all) assert.equal(fixture.content.mediaTypes.get(digest), mediaType);
});

test("blobs carry the labels that keep them, and tell where they came from", async () => {
  await using fixture = await Fixture.start();
  const image = imageOf(layers);
  const other = imageOf([layerOf({ other: "" })], { platform: OTHER_PLATFORM });
  const index = indexOf(image, other);
  await fixture.pull(fixture.registry.put(index), { platforms: [PLATFORM] });
  const labelsOf = async ({ digest }: Descriptor) =>
    (await fixture.content.info(digest, { namespace: NAMESPACE })).labels;
  const source = { "containerd.io/distribution.source.127.0.0.1": "app" };
  const ref = "containerd.io/gc.ref.content";
  assert.deepEqual(await labelsOf(index.top), {
    ...source,
    [`${ref}.m.0`]: image.top.digest,
    [`${ref}.m.1`]: other.top.digest,
  });
  assert.deepEqual(await labelsOf(image.top), {
    ...source,
    [`${ref}.config`]: configOf(image).digest,
    ...Object.fromEntries(digestsOf(...layers).map((digest, i) => [`${ref}.l.${i}`, digest])),
  });
  assert.deepEqual(await labelsOf(configOf(image)), {
    ...source,
    "containerd.io/gc.ref.snapshot.overlayfs": chain[2],
  });
  for (const { descriptor, diffId } of layers)
    assert.deepEqual(await labelsOf(descriptor), { ...source, "containerd.io/uncompressed": diffId });
});

test("snapshots carry containerd's labels, and those among the layer's annotations", async () => {
  await using fixture = await Fixture.start();
  const annotations = { "containerd.io/snapshot/cri.x": "y", "org.example.other": "z" };
  const annotated: TestLayer = { ...middle, descriptor: { ...middle.descriptor, annotations } };
  await fixture.pull(fixture.registry.put(imageOf([base, annotated])));
  const [first, second] = chain;
  assert.deepEqual((await fixture.snapshotter.stat(String(first))).labels, {
    "containerd.io/snapshot.ref": first,
    "containerd.io/snapshot/diff-id": base.diffId,
  });
  assert.deepEqual((await fixture.snapshotter.stat(String(second))).labels, {
    "containerd.io/snapshot/cri.x": "y",
    "containerd.io/snapshot.ref": second,
    "containerd.io/snapshot/diff-id": middle.diffId,
    "containerd.io/snapshot/parent-chain-id": first,
  });
});

test("Docker's media types are pulled alike", async () => {
  await using fixture = await Fixture.start();
  const layer = layerOf({ file: "docker" }, "docker");
  await fixture.pull(fixture.registry.put(imageOf([layer], { docker: true })));
  assert.equal(await readFile(join(fixture.snapshotter.directory(layer.diffId), "file"), "utf8"), "docker");
});

test("an image that is there is only resolved, and renewed", async () => {
  await using fixture = await Fixture.start();
  const reference = fixture.registry.put(imageOf(layers));
  await fixture.pull(reference);
  fixture.registry.take();
  fixture.progress.length = 0;
  await fixture.pull(reference);
  assert.deepEqual(fixture.registry.take(), ["HEAD manifests/1"]);
  assert.deepEqual(fixture.images.calls, [`create ${reference}`, `update ${reference}`]);
  assert.deepEqual(
    fixture.events.map((each) => each.replace(/-sha256.*/, "")),
    [
      `Resolving from OCI Registry (${reference})`,
      `Pulling from OCI Registry (${reference})`,
      `fetching image content ${reference}`,
      "waiting manifest",
      "already exists manifest",
      "waiting config",
      "already exists config",
      `saved ${reference}`,
      `Completed pull from OCI Registry (${reference})`,
    ],
  );
});

test("a layer whose snapshot is there is not fetched", async () => {
  await using fixture = await Fixture.start();
  await fixture.pull(fixture.registry.put(imageOf([base])));
  const { content } = fixture;
  await content.delete(base.descriptor.digest, { namespace: NAMESPACE });
  fixture.registry.take();
  await fixture.pull(fixture.registry.put(imageOf([base, middle]), "app", "2"));
  assert.deepEqual(
    fixture.registry
      .take()
      .filter((each) => each.includes("blobs"))
      .slice(1),
    [`GET blobs/${middle.descriptor.digest}`],
  );
});

test("without unpacks the layers are fetched, and no snapshot is made", async () => {
  await using fixture = await Fixture.start();
  await fixture.pull(fixture.registry.put(imageOf(layers)), { unpacks: [] });
  assert.equal((await fixture.blobs()).length, 2 + layers.length);
  assert.deepEqual(fixture.snapshotter.calls, []);
});

test("an image of a platform that nobody wants unpacked is only fetched", async () => {
  await using fixture = await Fixture.start();
  await fixture.pull(
    fixture.registry.put(imageOf([base], { platform: { os: "plan9", architecture: "386" } })),
  );
  assert.ok((await fixture.blobs()).includes(base.descriptor.digest));
  assert.deepEqual(fixture.snapshotter.calls, []);
});

test("all_metadata fetches what describes other platforms, but not their layers", async () => {
  await using fixture = await Fixture.start();
  const layer = layerOf({ other: "" });
  const other = imageOf([layer], { platform: OTHER_PLATFORM });
  const index = indexOf(other, imageOf([base]));
  await fixture.pull(fixture.registry.put(index), { platforms: [PLATFORM], allMetadata: true });
  const blobs = await fixture.blobs();
  assert.ok(blobs.includes(other.top.digest) && blobs.includes(configOf(other).digest));
  assert.ok(!blobs.includes(layer.descriptor.digest));
  const { labels } = await fixture.content.info(other.top.digest, { namespace: NAMESPACE });
  assert.equal(labels["containerd.io/gc.ref.content.l.0"], layer.descriptor.digest);
});

test("manifest_limit takes the best, and fails when there is none", async () => {
  await using fixture = await Fixture.start();
  const other = imageOf([layerOf({ other: "" })], { platform: OTHER_PLATFORM });
  const wanted = imageOf([base]);
  const reference = fixture.registry.put(indexOf(other, wanted));
  await fixture.pull(reference, { platforms: [PLATFORM, OTHER_PLATFORM], manifestLimit: 1 });
  const blobs = await fixture.blobs();
  assert.deepEqual([blobs.includes(wanted.top.digest), blobs.includes(other.top.digest)], [true, false]);
  await assert.rejects(
    fixture.pull(reference, { platforms: [{ os: "linux", architecture: "mips" }], manifestLimit: 1 }),
    { name: "NotFoundError", message: "no match for platform in manifest: not found" },
  );
});

test("an index that names a child many times over has it visited once", async () => {
  await using fixture = await Fixture.start();
  const image = imageOf([base]);
  const repeated = Array.from({ length: 500 }, () => image);
  await fixture.pull(fixture.registry.put(indexOf(indexOf(...repeated), indexOf(...repeated), image)));
  assert.equal(fixture.registry.take().filter((each) => each.endsWith(image.top.digest)).length, 1);
});

test("further names depend on the first one", async () => {
  await using fixture = await Fixture.start();
  const image = imageOf([base]);
  const reference = fixture.registry.put(image);
  const extraReferences = [
    { name: "plain:1" },
    { name: "prefix", isPrefix: true, addDigest: true },
    { name: "digest", addDigest: true },
    { name: "ignored", isPrefix: true },
  ];
  await fixture.pull(reference, { labels: { a: "b" }, extraReferences });
  const names = ["plain:1", `prefix@${image.top.digest}`, `digest@${image.top.digest}`];
  assert.deepEqual([...fixture.images.all.keys()], [reference, ...names]);
  for (const name of names) {
    const { labels } = await fixture.images.get(name);
    assert.equal(labels["a"], "b");
    assert.equal(labels["containerd.io/gc.bref.image"], reference);
    assert.match(String(labels["containerd.io/gc.expire"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  }
  await fixture.pull(reference, { name: "", extraReferences: [{ name: "alone" }], labels: { a: "b" } });
  assert.deepEqual((await fixture.images.get("alone")).labels, { a: "b" });
  await assert.rejects(fixture.pull(reference, { name: "" }), {
    name: "NotFoundError",
    message: "no image name found: not found",
  });
});

test("two pulls of one image at a time fetch each blob once", async () => {
  await using fixture = await Fixture.start();
  const image = indexOf(imageOf([bigLayer(300_000, "a", 1), bigLayer(300_000, "b", 2), base]));
  const reference = fixture.registry.put(image);
  fixture.registry.behaviour = async () => {
    await new Promise((resolve) => setTimeout(resolve, 15));
    return false;
  };
  await Promise.all([fixture.pull(reference), fixture.pull(reference, { name: "second" })]);
  const fetched = fixture.registry.take().filter((each) => each.startsWith("GET"));
  assert.deepEqual(fetched.toSorted(), [...new Set(fetched)].toSorted());
  assert.equal(fetched.length, image.manifests.length + image.blobs.length);
  assert.deepEqual([...fixture.images.all.keys()].toSorted(), [reference, "second"].toSorted());
  assert.deepEqual(fixture.snapshotter.active, []);
});

test("two pulls that only fetch share the blobs, too, and see them come", async () => {
  await using fixture = await Fixture.start();
  const layer = bigLayer(300_000);
  const reference = fixture.registry.put(imageOf([layer]));
  const both = [fixture.pull(reference, { unpacks: [] }), fixture.pull(reference, { unpacks: [] })];
  await Promise.all(both);
  const fetched = fixture.registry.take().filter((each) => each.startsWith("GET blobs"));
  assert.equal(fetched.length, 2);
  assert.equal(fixture.leases.all.size, 0);
});

test("a layer that an image has twice is fetched once and unpacked twice", async () => {
  await using fixture = await Fixture.start();
  await fixture.pull(fixture.registry.put(imageOf([base, middle, base])));
  const asked = fixture.registry.take();
  assert.equal(asked.filter((each) => each.endsWith(base.descriptor.digest)).length, 1);
  assert.equal(fixture.snapshotter.calls.filter((each) => each.startsWith("commit")).length, 3);
});

test("no more blobs are fetched at a time than configured, over all pulls", async () => {
  await using fixture = await Fixture.start({ config: { max_concurrent_downloads: 2 } });
  let [now, most] = [0, 0];
  fixture.registry.behaviour = async (asked, response, stored) => {
    if (asked.method === "HEAD" || stored === undefined) return false;
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 20));
    respond(asked, response, stored);
    now--;
    return true;
  };
  const pulls = Array.from({ length: 3 }, (_, n) => {
    const own = Array.from({ length: 3 }, (_, i) => layerOf({ file: `${n} ${i}` }));
    return fixture.pull(fixture.registry.put(imageOf(own), "app", String(n)));
  });
  await Promise.all(pulls);
  assert.equal(most, 2);
});

test("a pull has a lease of a day, deleted at the end; ingests are opened without it, blobs committed under it", async () => {
  await using fixture = await Fixture.start();
  const image = imageOf([base]);
  await fixture.pull(fixture.registry.put(image));
  const [lease] = fixture.leases.created;
  const expires = Date.parse(String(lease?.labels["containerd.io/gc.expire"]));
  assert.ok(Math.abs(expires - Date.now() - 86_400_000) < 60_000);
  assert.match(String(lease?.labels["containerd.io/gc.expire"]), /:\d\dZ$/);
  assert.equal(fixture.leases.all.size, 0);
  const ref = `manifest-${image.top.digest}`;
  const calls = fixture.content.calls.filter((each) => each.includes(ref));
  assert.deepEqual(calls, [`open ${ref} -`, `commit ${ref} lease-0`]);
  // What is there already is put under the lease of the second pull.
  fixture.content.calls.length = 0;
  await fixture.pull(`${fixture.registry.host}/app:1`);
  assert.ok(fixture.content.calls.includes(`open ${ref} lease-1`));
});

test("the caller's lease is used for everything, and left alone", async () => {
  await using fixture = await Fixture.start();
  await fixture.pull(fixture.registry.put(imageOf([base])), { lease: "mine" });
  assert.deepEqual(fixture.leases.created, []);
  assert.ok(fixture.content.calls.every((each) => each.endsWith(" mine")));
});

test("repositories that have a blob are listed in order, each once", async () => {
  await using fixture = await Fixture.start();
  const image = imageOf([base]);
  for (const repository of ["b", "a", "b"]) await fixture.pull(fixture.registry.put(image, repository));
  const { labels } = await fixture.content.info(image.top.digest, { namespace: NAMESPACE });
  assert.equal(labels["containerd.io/distribution.source.127.0.0.1"], "a,b");
});

test("a configuration called application/octet-stream has its manifest rewritten, and is unpacked", async () => {
  await using fixture = await Fixture.start();
  const image = imageOf([base], { docker: true, configType: "application/octet-stream" });
  const reference = fixture.registry.put(image);
  await fixture.pull(reference);
  const { target } = await fixture.images.get(reference);
  assert.notEqual(target.digest, image.top.digest);
  const [bytes] = await Array.fromAsync(fixture.content.read(target.digest, { namespace: NAMESPACE }));
  const manifest = JSON.parse(Buffer.from(bytes ?? []).toString()) as { config: Descriptor };
  assert.equal(manifest.config.mediaType, "application/vnd.docker.container.image.v1+json");
  const { labels } = await fixture.content.info(target.digest, { namespace: NAMESPACE });
  assert.equal(labels["containerd.io/gc.ref.content.config"], configOf(image).digest);
  assert.deepEqual(fixture.snapshotter.calls, [`prepare ${base.diffId}`, `commit ${base.diffId}`]);
  await fixture.pull(reference);
  assert.equal((await fixture.images.get(reference)).target.digest, target.digest);
});

test("a store whose ingests are no files is filled through this thread", async () => {
  const content = new MemoryStore();
  await using fixture = await Fixture.start({ content });
  const layer = bigLayer(3_000_000);
  await fixture.pull(fixture.registry.put(imageOf([layer])));
  assert.ok((await fixture.blobs()).includes(layer.descriptor.digest));
});

test("the registry is told who asks, and what the source says", async () => {
  await using fixture = await Fixture.start();
  await fixture.pull(fixture.registry.put(imageOf([base])), { source: { headers: { "X-Meta": "m" } } });
  for (const { headers } of fixture.registry.asked)
    assert.deepEqual([headers["user-agent"], headers["x-meta"]], ["davit/1.2.3", "m"]);
});

test("credentials are asked for when the registry wants them", async () => {
  await using fixture = await Fixture.start();
  const expected = `Basic ${Buffer.from("u:p").toString("base64")}`;
  fixture.registry.behaviour = ({ headers }, response) => {
    if (headers.authorization === expected) return false;
    response.writeHead(401, { "www-authenticate": 'Basic realm="r"' }).end();
    return true;
  };
  const reference = fixture.registry.put(imageOf([base]));
  const requests: unknown[] = [];
  await fixture.pull(reference, {
    source: {
      credentials: (request) => {
        requests.push(request);
        return { username: "u", secret: "p" };
      },
    },
  });
  assert.deepEqual(requests, [{ host: fixture.registry.host, reference, challenges: ['Basic realm="r"'] }]);
});

test("every verifier is asked, and one that says no blocks the pull", async () => {
  const asked: string[] = [];
  const image = imageOf([base]);
  let answer = { ok: true, reason: "" };
  await using fixture = await Fixture.start({
    verifiers: {
      first: { verify: async (name, { digest }) => (asked.push(`${name} ${digest}`), answer) },
      second: { verify: () => Promise.reject(new Error("broken")) },
    },
  });
  const reference = fixture.registry.put(image);
  const what = `${reference} with digest ${image.top.digest}`;
  await assert.rejects(fixture.pull(reference), {
    message: `blocking pull of ${what}: image verifier second returned error`,
  });
  answer = { ok: false, reason: "not signed" };
  await assert.rejects(fixture.pull(reference), {
    message: `image verifier first blocked pull of ${what} for reason: not signed`,
  });
  assert.deepEqual(asked, [`${reference} ${image.top.digest}`, `${reference} ${image.top.digest}`]);
  assert.deepEqual([await fixture.blobs(), fixture.leases.all.size], [[], 0]);
});
