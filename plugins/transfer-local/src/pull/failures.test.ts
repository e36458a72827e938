import assert from "node:assert/strict";
import { test } from "node:test";
import { kindOf, wireMessage } from "@davit/errdefs";
import { refKey } from "@davit/oci";
import { Fixture, NAMESPACE } from "../testing/fixture.ts";
import { bigLayer, blobOf, imageOf, indexOf, layerOf, type TestImage } from "../testing/image.ts";
import { respondError, respondHalf, type Behaviour } from "../testing/registry.ts";

const layer = bigLayer(200_000);
const image = imageOf([layerOf({ base: "" }), layer]);
const layerRef = refKey(layer.descriptor);

/** The text on the wire of the error with which a pull fails, its kind before it; nothing half-written is left behind. */
async function failureOf(fixture: Fixture, reference: string): Promise<string> {
  const failure = await fixture.pull(reference).then(
    () => assert.fail("the pull succeeded"),
    (err: unknown) => err,
  );
  assert.deepEqual([...fixture.images.all.keys()], []);
  assert.deepEqual([...fixture.leases.all.keys()], []);
  assert.deepEqual(fixture.snapshotter.active, []);
  const text = wireMessage(failure).replaceAll(fixture.registry.host, "HOST");
  return `${kindOf(failure)} ${text}`;
}

/** Fails a request for the big layer. */
const layerFails =
  (behave: Behaviour): Behaviour =>
  (asked, response, stored) =>
    asked.path.endsWith(layer.descriptor.digest) && behave(asked, response, stored);

test("a tag that is not there", async () => {
  await using fixture = await Fixture.start();
  assert.equal(
    await failureOf(fixture, `${fixture.registry.host}/app:absent`),
    "NotFound failed to resolve image: HOST/app:absent: not found",
  );
});

test("a reference without a tag, and one that is none", async () => {
  await using fixture = await Fixture.start();
  assert.equal(
    await failureOf(fixture, "alpine"),
    "InvalidArgument failed to resolve image: object required",
  );
  assert.equal(
    await failureOf(fixture, "http://host/app:1"),
    "InvalidArgument failed to resolve image: invalid reference",
  );
});

test("a registry that is not there", async () => {
  await using fixture = await Fixture.start();
  const { host } = fixture.registry;
  await fixture.registry[Symbol.asyncDispose]();
  await assert.rejects(fixture.pull(`${host}/app:1`), (err) => {
    const url = `http://${host}/v2/app/manifests/1`;
    const expected = `failed to resolve image: failed to do request: Head "${url}": connect ECONNREFUSED ${host}: unavailable`;
    assert.deepEqual([kindOf(err), wireMessage(err)], ["Unavailable", expected]);
    return true;
  });
  assert.equal(fixture.leases.all.size, 0);
});

test("a registry that wants credentials which nobody has", async () => {
  await using fixture = await Fixture.start();
  fixture.registry.behaviour = (_asked, response) => {
    response.writeHead(401, { "www-authenticate": 'Basic realm="r"' }).end();
    return true;
  };
  assert.match(
    await failureOf(fixture, fixture.registry.put(image)),
    /^Unauthenticated failed to resolve image: pull access denied, repository does not exist or may require authorization: /,
  );
});

test("a blob that is not there", async () => {
  await using fixture = await Fixture.start();
  const reference = fixture.registry.put(image);
  fixture.registry.behaviour = layerFails((_asked, response) => {
    respondError(response, 404, "BLOB_UNKNOWN", "blob unknown");
    return true;
  });
  const { digest, mediaType } = layer.descriptor;
  assert.equal(
    await failureOf(fixture, reference),
    `NotFound could not fetch content descriptor ${digest} (${mediaType}) from remote: not found`,
  );
  assert.equal(await fixture.content.ingested(layerRef), undefined);
});

for (const [status, kind] of [
  [403, "PermissionDenied"],
  [429, "ResourceExhausted"],
  [500, "Unavailable"],
] as const)
  test(`a registry that answers ${status}, and better the next time`, async () => {
    await using fixture = await Fixture.start();
    const reference = fixture.registry.put(image);
    fixture.registry.behaviour = layerFails((_asked, response) => {
      respondError(response, status, "DENIED", "go away");
      return true;
    });
    const failure = await failureOf(fixture, reference);
    assert.match(
      failure,
      new RegExp(`^${kind} unexpected status from GET request to .*: ${status} .*go away`),
    );
    assert.equal(await fixture.content.ingested(layerRef), undefined);
    fixture.registry.behaviour = undefined;
    await fixture.pull(reference);
    assert.equal(fixture.images.all.size, 1);
  });

test("a connection that breaks for good leaves what came, and the next pull goes on from there", async () => {
  await using fixture = await Fixture.start();
  const reference = fixture.registry.put(image);
  let broken = 0;
  fixture.registry.behaviour = layerFails((asked, response, stored) => {
    // Progress earns further tries, so at some point none is made any more.
    if (broken++ === 0 && stored !== undefined) return respondHalf(asked, response, stored);
    response.destroy();
    return true;
  });
  assert.match(await failureOf(fixture, reference), /^Unavailable failed to do request: Get /);
  const ingested = await fixture.content.ingested(layerRef);
  assert.deepEqual(ingested, layer.bytes.subarray(0, layer.bytes.length / 2));
  fixture.registry.behaviour = undefined;
  fixture.registry.take();
  await fixture.pull(reference);
  const resumed = fixture.registry.asked.find(({ path }) => path.endsWith(layer.descriptor.digest));
  assert.equal(resumed?.headers.range, `bytes=${layer.bytes.length / 2}-`);
  assert.deepEqual(
    fixture.registry.take().filter((each) => each.startsWith("GET")),
    [`GET blobs/${layer.descriptor.digest}`],
  );
  assert.ok((await fixture.blobs()).includes(layer.descriptor.digest));
});

test("a blob of another length", async () => {
  await using fixture = await Fixture.start();
  const reference = fixture.registry.put(image);
  fixture.registry.behaviour = layerFails((_asked, response) => {
    response.end(layer.bytes.subarray(1));
    return true;
  });
  const size = layer.bytes.length;
  assert.match(
    await failureOf(fixture, reference),
    new RegExp(
      `^FailedPrecondition failed commit on ref "${layerRef}": unexpected content size ${size - 1}, expected ${size}`,
    ),
  );
  assert.equal(await fixture.content.ingested(layerRef), undefined);
});

test("a blob with other bytes is not committed, and not resumed", async () => {
  await using fixture = await Fixture.start();
  const reference = fixture.registry.put(image);
  fixture.registry.behaviour = layerFails((_asked, response) => {
    response.end(Buffer.alloc(layer.bytes.length, 1));
    return true;
  });
  assert.match(
    await failureOf(fixture, reference),
    new RegExp(
      `^FailedPrecondition failed commit on ref "${layerRef}": unexpected commit digest sha256:[0-9a-f]{64}, expected ${layer.descriptor.digest}: failed precondition$`,
    ),
  );
  assert.equal(await fixture.content.ingested(layerRef), undefined);
  fixture.registry.behaviour = undefined;
  fixture.registry.asked.length = 0;
  await fixture.pull(reference);
  const again = fixture.registry.asked.find(({ path }) => path.endsWith(layer.descriptor.digest));
  assert.equal(again?.headers.range, undefined);
});

test("an ingest with the right length but other bytes is begun anew", async () => {
  await using fixture = await Fixture.start();
  const { digest: expected, size } = layer.descriptor;
  await using writer = await fixture.content.writer(layerRef, {
    namespace: NAMESPACE,
    expected,
    total: BigInt(size),
  });
  await writer.write(Buffer.alloc(size, 1));
  await writer[Symbol.asyncDispose]();
  await fixture.pull(fixture.registry.put(image));
  assert.ok((await fixture.blobs()).includes(expected));
});

test("redirects without end", async () => {
  await using fixture = await Fixture.start();
  const reference = fixture.registry.put(image);
  fixture.registry.behaviour = layerFails(({ path }, response) => {
    response.writeHead(307, { location: path }).end();
    return true;
  });
  assert.match(await failureOf(fixture, reference), /redirect/);
  assert.equal(await fixture.content.ingested(layerRef), undefined);
});

test("a ref that a client holds is waited for", async () => {
  await using fixture = await Fixture.start();
  const { digest: expected, size } = layer.descriptor;
  const writer = await fixture.content.writer(layerRef, {
    namespace: NAMESPACE,
    expected,
    total: BigInt(size),
  });
  const pulled = fixture.pull(fixture.registry.put(image));
  await new Promise((resolve) => setTimeout(resolve, 100));
  await writer.write(layer.bytes);
  await writer.commit({ namespace: NAMESPACE, expected });
  await pulled;
  assert.ok(!fixture.registry.take().includes(`GET blobs/${expected}`));
});

test("documents that are not what they are called", async () => {
  await using fixture = await Fixture.start();
  const type = image.top.mediaType;
  const index = { schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: [] };
  const disguised = blobOf(type, index);
  const schema1 = blobOf(type, { schemaVersion: 1, fsLayers: [{}] });
  const noJson = blobOf(type, Buffer.from("<html>"));
  const put = (blob: ReturnType<typeof blobOf>) =>
    fixture.registry.put({ top: blob.descriptor, manifests: [blob], blobs: [] });
  assert.equal(
    await failureOf(fixture, put(disguised)),
    `InvalidArgument children: invalid desc ${disguised.descriptor.digest}: media-type: expected manifest but found index (${type})`,
  );
  assert.match(
    await failureOf(fixture, put(schema1)),
    /^InvalidArgument .*: media-type: schema 1 not supported$/,
  );
  assert.match(
    await failureOf(fixture, put(noJson)),
    /^InvalidArgument children: invalid desc sha256:.*: manifest is no JSON/,
  );
});

test("Docker's first schema", async () => {
  await using fixture = await Fixture.start();
  const schema1 = blobOf("application/vnd.docker.distribution.manifest.v1+prettyjws", {});
  const reference = fixture.registry.put({ top: schema1.descriptor, manifests: [schema1], blobs: [] });
  assert.equal(
    await failureOf(fixture, reference),
    "InvalidArgument schema 1 image manifests are no longer supported: invalid argument",
  );
});

test("descriptors of nothing, and manifests that are too long", async () => {
  await using fixture = await Fixture.start();
  const lying = (size: number): TestImage => {
    const child = imageOf([layerOf({ a: "" })]);
    return indexOf({ ...child, top: { ...child.top, size } });
  };
  assert.match(
    await failureOf(fixture, fixture.registry.put(lying(0))),
    /^InvalidArgument unable to fetch descriptor \(sha256:.*\) which reports content size of zero: invalid argument$/,
  );
  assert.match(
    await failureOf(fixture, fixture.registry.put(lying(5_000_000))),
    /^ResourceExhausted rejecting 5000000 byte sha256:.*: more than 4393216 bytes/,
  );
});

test("configurations that do not fit the layers", async () => {
  await using fixture = await Fixture.start();
  const [first, second] = [layerOf({ a: "" }), layerOf({ b: "" })];
  const put = (...[layers, options]: Parameters<typeof imageOf>) =>
    fixture.registry.put(imageOf(layers, options));
  assert.equal(
    await failureOf(fixture, put([first, second], { diffIds: [first.diffId] })),
    "Unknown number of layers and diffIDs don't match: 2 != 1",
  );
  assert.equal(
    await failureOf(fixture, put([first], { diffIds: [second.diffId] })),
    `Unknown wrong diff id "${first.diffId}" calculated on extraction "${second.diffId}", desc "${first.descriptor.digest}"`,
  );
  assert.match(
    await failureOf(fixture, put([first], { config: { rootfs: { diff_ids: ["x"] } } })),
    /^InvalidArgument image config: invalid diffID "x"/,
  );
});

test("a layer that cannot be unpacked names itself, and its snapshot is removed", async () => {
  await using fixture = await Fixture.start();
  const bad = {
    ...blobOf("application/vnd.oci.image.layer.v1.tar+gzip", Buffer.from("no archive")),
    diffId: layer.diffId,
  };
  const { mediaType, digest } = bad.descriptor;
  assert.match(
    await failureOf(fixture, fixture.registry.put(imageOf([bad]))),
    new RegExp(
      `failed to extract layer \\(${mediaType.replaceAll(/[+.]/g, "\\$&")} ${digest}\\) to overlayfs as "extract-\\d+-[\\w-]{4} ${layer.diffId}": `,
    ),
  );
  assert.deepEqual([...fixture.snapshotter.all.keys()], []);
});

test("the namespace is required", async () => {
  await using fixture = await Fixture.start();
  await assert.rejects(fixture.pull("a/b:c", { namespace: "" }), {
    name: "FailedPreconditionError",
    message: "namespace is required: failed precondition",
  });
});
