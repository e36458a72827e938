import assert from "node:assert/strict";
import { test } from "node:test";
import { isLayerMediaType, parseLayerMediaType } from "@davit/archive";

const types: readonly (readonly [type: string, compression: string, nondistributable?: boolean])[] = [
  ["application/vnd.oci.image.layer.v1.tar", "none"],
  ["application/vnd.oci.image.layer.v1.tar+gzip", "gzip"],
  ["application/vnd.oci.image.layer.v1.tar+zstd", "zstd"],
  ["application/vnd.oci.image.layer.nondistributable.v1.tar", "none", true],
  ["application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", "gzip", true],
  ["application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", "zstd", true],
  ["application/vnd.docker.image.rootfs.diff.tar", "detect"],
  ["application/vnd.docker.image.rootfs.diff.tar.gzip", "gzip"],
  ["application/vnd.docker.image.rootfs.diff.tar.zstd", "zstd"],
  ["application/vnd.docker.image.rootfs.foreign.diff.tar", "detect", true],
  ["application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "gzip", true],
];

for (const [type, compression, nondistributable = false] of types)
  test(`${type} is a layer, ${compression}`, () => {
    assert.deepEqual(parseLayerMediaType(type), { compression, nondistributable, encrypted: false });
    assert.ok(isLayerMediaType(type));
  });

test("an encrypted layer is known, and cannot be unpacked", () => {
  const type = "application/vnd.oci.image.layer.v1.tar+gzip+encrypted";
  assert.deepEqual(parseLayerMediaType(type), {
    compression: "gzip",
    nondistributable: false,
    encrypted: true,
  });
  assert.ok(!isLayerMediaType(type));
});

test("what is no layer is none", () => {
  for (const type of [
    "",
    "toString",
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.oci.image.layer.v1.tar+xz",
  ])
    assert.equal(parseLayerMediaType(type), undefined, type);
});
