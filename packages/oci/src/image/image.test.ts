import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "@davit/digest";
import { isInvalidArgument, isNotFound, wireMessage } from "@davit/errdefs";
import {
  childGcLabels,
  childrenOf,
  hasChildren,
  manifestFor,
  manifestsFor,
  MEDIA_TYPE_DOCKER_MANIFEST,
  MEDIA_TYPE_DOCKER_MANIFEST_LIST,
  MEDIA_TYPE_IMAGE_CONFIG,
  MEDIA_TYPE_IMAGE_INDEX,
  MEDIA_TYPE_IMAGE_LAYER_GZIP,
  MEDIA_TYPE_IMAGE_MANIFEST,
  parseDescriptor,
  parseImageConfig,
  type Descriptor,
} from "@davit/oci";
import { only } from "@davit/platforms";

const blob = (mediaType: string, text: string, more: Partial<Descriptor> = {}): Descriptor => ({
  mediaType,
  digest: digestOf(text),
  size: text.length,
  ...more,
});
const config = blob(MEDIA_TYPE_IMAGE_CONFIG, "config");
const layers = [blob(MEDIA_TYPE_IMAGE_LAYER_GZIP, "l0"), blob(MEDIA_TYPE_IMAGE_LAYER_GZIP, "l1")];
const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPE_IMAGE_MANIFEST, config, layers };
const amd64 = blob(MEDIA_TYPE_IMAGE_MANIFEST, "amd64", { platform: { os: "linux", architecture: "amd64" } });
const arm64 = blob(MEDIA_TYPE_IMAGE_MANIFEST, "arm64", { platform: { os: "linux", architecture: "arm64" } });
const index = { schemaVersion: 2, mediaType: MEDIA_TYPE_IMAGE_INDEX, manifests: [amd64, arm64] };

test("the children of a manifest are its config and its layers in order", () => {
  assert.deepEqual(childrenOf({ mediaType: MEDIA_TYPE_IMAGE_MANIFEST }, JSON.stringify(manifest)), [
    config,
    ...layers,
  ]);
  assert.deepEqual(
    childrenOf(
      { mediaType: MEDIA_TYPE_DOCKER_MANIFEST },
      Buffer.from(JSON.stringify({ ...manifest, mediaType: "" })),
    ),
    [config, ...layers],
  );
});

test("the children of an index are its manifests", () => {
  assert.deepEqual(childrenOf({ mediaType: MEDIA_TYPE_IMAGE_INDEX }, JSON.stringify(index)), [amd64, arm64]);
  assert.deepEqual(childrenOf({ mediaType: MEDIA_TYPE_DOCKER_MANIFEST_LIST }, '{"manifests":null}'), []);
});

test("a layer has no children, and its bytes are not looked at", () => {
  assert.deepEqual(childrenOf({ mediaType: MEDIA_TYPE_IMAGE_LAYER_GZIP }, "\u001f\u008b"), []);
  assert.ok(!hasChildren(config));
  assert.ok(hasChildren(amd64));
});

const refused: readonly [string, string, unknown, string][] = [
  [
    "schema 1",
    MEDIA_TYPE_DOCKER_MANIFEST,
    { fsLayers: [{ blobSum: "x" }] },
    "media-type: schema 1 not supported",
  ],
  [
    "an index said to be a manifest",
    MEDIA_TYPE_IMAGE_MANIFEST,
    { ...manifest, manifests: [amd64] },
    `media-type: expected manifest but found index (${MEDIA_TYPE_IMAGE_MANIFEST})`,
  ],
  [
    "a manifest whose document says index",
    MEDIA_TYPE_DOCKER_MANIFEST,
    { ...manifest, mediaType: MEDIA_TYPE_DOCKER_MANIFEST_LIST },
    `media-type: expected manifest but found index (${MEDIA_TYPE_DOCKER_MANIFEST})`,
  ],
  [
    "a manifest said to be an index",
    MEDIA_TYPE_IMAGE_INDEX,
    { ...index, layers },
    `media-type: expected index but found manifest (${MEDIA_TYPE_IMAGE_INDEX})`,
  ],
  [
    "an index with a config",
    MEDIA_TYPE_IMAGE_INDEX,
    { ...index, config },
    `media-type: expected index but found manifest (${MEDIA_TYPE_IMAGE_INDEX})`,
  ],
  [
    "an index whose document says manifest",
    MEDIA_TYPE_DOCKER_MANIFEST_LIST,
    { ...index, mediaType: MEDIA_TYPE_DOCKER_MANIFEST },
    `media-type: expected index but found manifest (${MEDIA_TYPE_DOCKER_MANIFEST_LIST})`,
  ],
  ["a list", MEDIA_TYPE_IMAGE_INDEX, [], "manifest: not an object: invalid argument"],
  [
    "a manifest without config",
    MEDIA_TYPE_IMAGE_MANIFEST,
    { layers },
    "manifest: config: not an object: invalid argument",
  ],
  [
    "a layer with a bad digest",
    MEDIA_TYPE_IMAGE_MANIFEST,
    { config, layers: [{ ...layers[0], digest: "sha256:../../etc" }] },
    'manifest: layer 0: invalid digest "sha256:../../etc": invalid argument',
  ],
  [
    "a negative size",
    MEDIA_TYPE_IMAGE_MANIFEST,
    { config: { ...config, size: -1 } },
    "manifest: config: invalid size -1: invalid argument",
  ],
];

for (const [what, mediaType, document, text] of refused)
  test(`childrenOf() refuses ${what}`, () => {
    assert.throws(
      () => childrenOf({ mediaType }, JSON.stringify(document)),
      (err) => isInvalidArgument(err) && wireMessage(err) === text,
    );
  });

test("childrenOf() refuses what is no JSON, and no UTF-8", () => {
  for (const bytes of ["{", "\uFEFF{}", Buffer.from([0x22, 0xff, 0x22])])
    assert.throws(() => childrenOf(amd64, bytes), isInvalidArgument);
});

test("parseDescriptor() keeps what the specification knows", () => {
  const full = {
    mediaType: "a/b",
    digest: digestOf(""),
    size: 0,
    urls: ["https://registry.example/x"],
    annotations: { a: "b" },
    data: "e30=",
    platform: {
      os: "windows",
      architecture: "amd64",
      "os.version": "10",
      "os.features": ["win32k"],
      variant: "v2",
    },
    artifactType: "c/d",
  };
  assert.deepEqual(parseDescriptor({ ...full, other: 1 }), full);
  assert.throws(() => parseDescriptor({ ...full, urls: [1] }), isInvalidArgument);
  assert.throws(() => parseDescriptor({ ...full, annotations: { a: 1 } }), isInvalidArgument);
  assert.throws(() => parseDescriptor({ ...full, mediaType: 1 }), isInvalidArgument);
  assert.throws(() => parseDescriptor({ ...full, platform: { os: 1 } }), isInvalidArgument);
});

test("labels keep children from collection, numbered per prefix", () => {
  const index = blob(MEDIA_TYPE_IMAGE_INDEX, "nested");
  const referrer = blob(MEDIA_TYPE_IMAGE_MANIFEST, "referrer", {
    annotations: { "io.containerd.manifest.subject": digestOf("amd64") },
  });
  const unknown = blob("application/x", "unknown");
  assert.deepEqual(childGcLabels([config, ...layers, amd64, index, referrer, arm64, unknown]), {
    "containerd.io/gc.ref.content.config": config.digest,
    "containerd.io/gc.ref.content.l.0": layers[0]?.digest,
    "containerd.io/gc.ref.content.l.1": layers[1]?.digest,
    "containerd.io/gc.ref.content.m.0": amd64.digest,
    "containerd.io/gc.ref.content.0": index.digest,
    [`containerd.io/gc.ref.content.referrer.sha256.${referrer.digest.slice(7, 19)}`]: referrer.digest,
    "containerd.io/gc.ref.content.m.1": arm64.digest,
    "containerd.io/gc.ref.content.1": unknown.digest,
  });
});

const choice = only({ os: "linux", architecture: "amd64" });

test("manifestsFor() keeps what matches, the preferred first, those without platform last", () => {
  const i386 = blob(MEDIA_TYPE_IMAGE_MANIFEST, "386", { platform: { os: "linux", architecture: "386" } });
  const plain = blob(MEDIA_TYPE_IMAGE_MANIFEST, "plain");
  assert.deepEqual(manifestsFor([plain, i386, arm64, amd64], choice), [amd64, i386, plain]);
  assert.deepEqual(manifestsFor([plain, i386, arm64, amd64], choice, 2), [amd64, i386]);
  assert.equal(manifestFor([i386, amd64], choice), amd64);
  assert.equal(manifestFor([plain], choice), plain);
  assert.deepEqual(manifestsFor([arm64], choice), []);
});

test("manifestFor() finds nothing where nothing matches", () => {
  assert.throws(
    () => manifestFor([arm64], choice),
    (err) => isNotFound(err) && wireMessage(err) === "no match for platform in manifest: not found",
  );
});

test("a matcher sees the platform under the names of programs", () => {
  const seen: unknown[] = [];
  const windows = blob(MEDIA_TYPE_IMAGE_MANIFEST, "w", {
    platform: {
      os: "windows",
      architecture: "amd64",
      variant: "v1",
      "os.version": "10",
      "os.features": ["win32k"],
    },
  });
  manifestsFor([windows], { match: (platform) => seen.push(platform) > 0 });
  assert.deepEqual(seen, [
    { os: "windows", architecture: "amd64", variant: "v1", osVersion: "10", osFeatures: ["win32k"] },
  ]);
});

test("parseImageConfig() reads Docker's nulls as absent", () => {
  const diff = digestOf("tar");
  const parsed = parseImageConfig(
    JSON.stringify({
      architecture: "arm",
      os: "linux",
      variant: "v7",
      created: "2024-01-02T03:04:05Z",
      config: {
        User: "app:app",
        Env: ["A=b"],
        Entrypoint: null,
        Cmd: ["sh"],
        WorkingDir: "/w",
        Labels: null,
        Volumes: { "/data": {} },
        ExposedPorts: { "80/tcp": null },
        StopSignal: "SIGINT",
        OnBuild: null,
      },
      rootfs: { type: "layers", diff_ids: [diff] },
      history: [{ created_by: "ADD", created: "x" }, { empty_layer: true }],
    }),
  );
  assert.deepEqual(parsed, {
    architecture: "arm",
    os: "linux",
    variant: "v7",
    created: "2024-01-02T03:04:05Z",
    config: {
      User: "app:app",
      Env: ["A=b"],
      Cmd: ["sh"],
      WorkingDir: "/w",
      Volumes: { "/data": {} },
      ExposedPorts: { "80/tcp": {} },
      StopSignal: "SIGINT",
    },
    rootfs: { type: "layers", diff_ids: [diff] },
    history: [{ created_by: "ADD", created: "x" }, { empty_layer: true }],
  });
});

test("parseImageConfig() accepts an empty document and refuses malformed ones", () => {
  assert.deepEqual(parseImageConfig("{}"), {
    architecture: "",
    os: "",
    config: {},
    rootfs: { type: "layers", diff_ids: [] },
  });
  for (const document of [
    "[]",
    '{"os":1}',
    '{"config":{"Env":"A=b"}}',
    '{"config":{"Labels":{"a":1}}}',
    '{"rootfs":{"diff_ids":["sha256:1"]}}',
  ])
    assert.throws(() => parseImageConfig(document), isInvalidArgument);
});
