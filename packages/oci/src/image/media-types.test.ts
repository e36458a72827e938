import assert from "node:assert/strict";
import { test } from "node:test";
import {
  isAttestationType,
  isConfigType,
  isEncryptedLayer,
  isIndexType,
  isKnownConfig,
  isLayerType,
  isManifestType,
  isNonDistributable,
  layerCompression,
  MEDIA_TYPE_DOCKER_SCHEMA1,
  refKey,
} from "@davit/oci";
import { digestOf } from "@davit/digest";

const layers: readonly [string, ReturnType<typeof layerCompression>][] = [
  ["application/vnd.docker.image.rootfs.diff.tar", "unknown"],
  ["application/vnd.docker.image.rootfs.diff.tar.gzip", "gzip"],
  ["application/vnd.docker.image.rootfs.diff.tar.zstd", "zstd"],
  ["application/vnd.docker.image.rootfs.foreign.diff.tar", "unknown"],
  ["application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "gzip"],
  ["application/vnd.oci.image.layer.v1.tar", ""],
  ["application/vnd.oci.image.layer.v1.tar+gzip", "gzip"],
  ["application/vnd.oci.image.layer.v1.tar+zstd", "zstd"],
  ["application/vnd.oci.image.layer.v1.tar+encrypted", "unknown"],
  ["application/vnd.oci.image.layer.v1.tar+gzip+encrypted", "gzip"],
  ["application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", "zstd"],
  ["application/vnd.erofs.layer.v1", ""],
];

for (const [mediaType, compression] of layers)
  test(`${mediaType} is a layer`, () => {
    assert.ok(isLayerType(mediaType));
    assert.equal(layerCompression(mediaType), compression);
    assert.ok(!isManifestType(mediaType) && !isIndexType(mediaType) && !isKnownConfig(mediaType));
    assert.equal(refKey({ mediaType, digest: digestOf("") }), `layer-${digestOf("")}`);
  });

test("what is no layer is none", () => {
  for (const mediaType of [
    "",
    "application/vnd.docker.image.rootfs.diff.tar.xz",
    "application/vnd.in-toto+json",
    "application/vnd.containerd.container.rw.tar",
    MEDIA_TYPE_DOCKER_SCHEMA1,
  ])
    assert.ok(!isLayerType(mediaType), mediaType);
});

test("manifests, indexes and configs are told apart", () => {
  assert.ok(isManifestType("application/vnd.oci.image.manifest.v1+json"));
  assert.ok(isManifestType("application/vnd.docker.distribution.manifest.v2+json"));
  assert.ok(!isManifestType(MEDIA_TYPE_DOCKER_SCHEMA1));
  assert.ok(isIndexType("application/vnd.oci.image.index.v1+json"));
  assert.ok(isIndexType("application/vnd.docker.distribution.manifest.list.v2+json"));
  assert.ok(isConfigType("application/vnd.docker.container.image.v1+json"));
  assert.ok(isConfigType("application/vnd.oci.image.config.v1+json"));
  assert.ok(!isConfigType("application/vnd.containerd.container.checkpoint.config.v1+proto"));
  assert.ok(isKnownConfig("application/vnd.containerd.container.checkpoint.config.v1+proto"));
  assert.ok(isAttestationType("application/vnd.in-toto+json"));
});

test("layers that may not be distributed, or must be decrypted, are known", () => {
  assert.ok(isNonDistributable("application/vnd.oci.image.layer.nondistributable.v1.tar"));
  assert.ok(isNonDistributable("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"));
  assert.ok(!isNonDistributable("application/vnd.oci.image.layer.v1.tar"));
  assert.ok(isEncryptedLayer("application/vnd.oci.image.layer.v1.tar+gzip+encrypted"));
  assert.ok(!isEncryptedLayer("application/vnd.oci.image.layer.v1.tar+gzip"));
});

test("refKey() names the kind of blob", () => {
  const digest = digestOf("x");
  const key = (mediaType: string): string => refKey({ mediaType, digest });
  assert.equal(key("application/vnd.oci.image.manifest.v1+json"), `manifest-${digest}`);
  assert.equal(key("application/vnd.docker.distribution.manifest.list.v2+json"), `index-${digest}`);
  assert.equal(key("application/vnd.docker.container.image.v1+json"), `config-${digest}`);
  assert.equal(key("application/vnd.in-toto+json"), `attestation-${digest}`);
  assert.equal(key("text/plain"), `unknown-${digest}`);
});
