import assert from "node:assert/strict";
import { test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import { ContainerCreateSchema } from "@davit/api/events";
import { ContainerSchema } from "@davit/api/services/containers";
import { StatusSchema } from "@davit/api/services/content";
import { EnvelopeSchema } from "@davit/api/types";
import { differences } from "./differences.ts";
import { normalise, numberRules, placeRules, RULES } from "./normalise.ts";
import { plainMessage } from "./plain.ts";

test("fields go by their proto names, and those that are not set are left out", () => {
  const container = create(ContainerSchema, { id: "c", snapshotKey: "k", labels: { b: "2", a: "1" } });
  assert.deepEqual(plainMessage(ContainerSchema, container), {
    id: "c",
    snapshot_key: "k",
    labels: { a: "1", b: "2" },
  });
});

test("times are told apart as absent, Go's zero, those of today, and all others", () => {
  const times = [undefined, { seconds: -62_135_596_800n }, timestampNow(), { seconds: 5n, nanos: 6 }, {}];
  const plain = times.map((time) =>
    plainMessage(StatusSchema, create(StatusSchema, { ref: "r", ...(time && { startedAt: time }) })),
  );
  assert.deepEqual(plain, [
    { ref: "r" },
    { ref: "r", started_at: "Go's zero time" },
    { ref: "r", started_at: "now" },
    { ref: "r", started_at: "5 s 6 ns" },
    { ref: "r", started_at: "0 s 0 ns" },
  ]);
});

test("an Any is decoded where its type is known, whatever stands before it", () => {
  const value = toBinary(ContainerCreateSchema, create(ContainerCreateSchema, { id: "c" }));
  const plain = (typeUrl: string, bytes: Uint8Array) =>
    plainMessage(EnvelopeSchema, create(EnvelopeSchema, { event: { typeUrl, value: bytes } }));
  const typeUrl = "type.googleapis.com/containerd.events.ContainerCreate";
  assert.deepEqual(plain(typeUrl, value), { event: { type_url: typeUrl, value: { id: "c" } } });
  assert.deepEqual(plain("x", Buffer.from("text")), { event: { type_url: "x", value: "text" } });
  assert.deepEqual(plain("x", Buffer.from('{"a":1}')), { event: { type_url: "x", value: { a: 1 } } });
  assert.match(JSON.stringify(plain("x", Buffer.from([255]))), /1 bytes, sha256:/);
});

test("a field that nobody knows is not lost", () => {
  const field15 = [0x7a, 1, 0x61];
  const plain = plainMessage(EnvelopeSchema, fromBinary(EnvelopeSchema, Buffer.from(field15)));
  assert.deepEqual(Object.keys(plain as object), ["unknown field 15"]);
  const other = fromBinary(EnvelopeSchema, Buffer.from([0x7a, 1, 0x62]));
  assert.equal(differences(plain, plainMessage(EnvelopeSchema, other)).length, 1, "nor what it holds");
});

test("differences are as deep as can be told, and lists are compared in order", () => {
  assert.deepEqual(differences({ a: [1, { b: "x" }], c: null }, { a: [1, { b: "y" }], c: null }), [
    { path: "a[1].b", theirs: "x", ours: "y" },
  ]);
  assert.deepEqual(differences([1, 2], [2, 1]).length, 2);
  assert.deepEqual(differences({}, []), [{ path: "", theirs: {}, ours: [] }]);
  assert.deepEqual(differences(undefined, 0), [{ path: "", theirs: undefined, ours: 0 }]);
});

test("normalisers take out what is a daemon's own, and nothing else", () => {
  const place = { directory: "/tmp/d.x", namespace: "test-1", address: "" };
  const rules = [...numberRules("ns"), ...placeRules(place), ...RULES];
  const rows: [string, string][] = [
    [
      "/tmp/d.x/root/snapshotter.v1.native/snapshots/7",
      "<directory>/root/snapshotter.v1.native/snapshots/#1",
    ],
    ["lowerdir=/a/snapshotter.v1.native/snapshots/7", "lowerdir=/a/snapshotter.v1.native/snapshots/#1"],
    ["/a/snapshotter.v1.native/snapshots/9", "/a/snapshotter.v1.native/snapshots/#2"],
    ["snapshot ns/12/key", "snapshot ns/<number>/key"],
    ["snapshot other/12/key", "snapshot other/12/key"],
    [
      "locked for 6.25ms (since 2026-11-22 08:22:26.52 +0000 UTC m=+12.5): unavailable",
      "locked for <duration> (since <time>): unavailable",
    ],
    ["123456789-aB_-", "<random id>"],
    ["the id 123456789-aB_- in a text", "the id 123456789-aB_- in a text"],
    ["extract-123-abcd sha256:x", "extract-<random id> sha256:x"],
    ["write @4 must occur at current offset 3", "write @4 must occur at current offset 3"],
    ["/tmp/dax/test-2", "/tmp/dax/test-2"],
  ];
  for (const [text, expected] of rows) assert.equal(normalise(text, rules), expected);
  assert.deepEqual(normalise({ pid: 7, size: 7, list: [{ pid: 0 }] }, rules), {
    pid: "<pid>",
    size: 7,
    list: [{ pid: 0 }],
  });
});
