import assert from "node:assert/strict";
import { test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import { BootstrapParamsSchema, BootstrapResultSchema, LogLevel } from "@davit/api/runtime/bootstrap";
import { OptionsSchema } from "@davit/api/runc";
import { isNotImplemented, wireMessage } from "@davit/errdefs";
import { packAny } from "@davit/typeurl";
import { bootstrapParams, optionsBytes, takesOptions } from "./bootstrap-params.ts";
import { bootstrapJson, parseBootstrapResult } from "./bootstrap-result.ts";
import { isProtobuf } from "./strict-protobuf.ts";

const SOCKET = "/run/containerd/s/d25aa4ef11a84e954e74a5bcff06557d0b6ea8d0c00243896f29826694bbd888";
const daemon = {
  version: "v2.4.0",
  ttrpcAddress: "/run/containerd/containerd.sock.ttrpc",
  grpcAddress: "/run/containerd/containerd.sock",
  executable: "/usr/local/bin/containerd",
  logLevel: "info",
} as const;
const facts = { id: "c1", namespace: "default", daemon, socketDir: "/run/containerd/s" };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("BootstrapParams are containerd's bytes", () => {
  assert.equal(
    Buffer.from(bootstrapParams(facts)).toString("hex"),
    "0a026331120764656661756c74220676322e342e302a252f72756e2f636f6e7461696e6572642f636f6e7461696e6572642e736f636b2e7474727063" +
      "321f2f72756e2f636f6e7461696e6572642f636f6e7461696e6572642e736f636b3a192f7573722f6c6f63616c2f62696e2f636f6e7461696e657264" +
      "4a112f72756e2f636f6e7461696e6572642f73",
  );
});

test("options travel as the one extension, and empty ones not at all", () => {
  const options = packAny(
    OptionsSchema,
    create(OptionsSchema, { binaryName: "/usr/local/sbin/runc", systemdCgroup: true }),
  );
  const hex = Buffer.from(bootstrapParams({ ...facts, options })).toString("hex");
  assert.ok(
    hex.includes(
      "42380a360a1a636f6e7461696e6572642e72756e632e76312e4f7074696f6e73121832142f7573722f6c6f63616c2f7362696e2f72756e634801",
    ),
  );
  const empty = { typeUrl: "containerd.runc.v1.Options", value: new Uint8Array() };
  assert.deepEqual(
    fromBinary(BootstrapParamsSchema, bootstrapParams({ ...facts, options: empty })).extensions,
    [],
  );
});

test("the level of the log is containerd's number", () => {
  const level = (logLevel: "debug" | "panic"): number =>
    fromBinary(BootstrapParamsSchema, bootstrapParams({ ...facts, daemon: { ...daemon, logLevel } }))
      .logLevel;
  assert.equal(level("debug"), LogLevel.DEBUG);
  assert.equal(level("panic"), 12);
});

test("two old shims are known by name to read options", () => {
  assert.ok(takesOptions("/bin/containerd-shim-runc-v1"));
  assert.ok(takesOptions("/bin/containerd-shim-runhcs-v1.exe"));
  assert.ok(!takesOptions("/shim-runc-v1/containerd-shim-runc-v2"));
  assert.equal(optionsBytes(undefined).length, 0);
  const options = { typeUrl: "x", value: Uint8Array.of(1) };
  assert.equal(fromBinary(AnySchema, optionsBytes(options)).typeUrl, "x");
});

const protobuf = toBinary(
  BootstrapResultSchema,
  create(BootstrapResultSchema, { version: 3, address: `unix://${SOCKET}`, protocol: "ttrpc" }),
);

test("an answer in protobuf is read as it is, of any version", () => {
  assert.equal(Buffer.from(protobuf).toString("hex").slice(0, 20), "08031259756e69783a2f");
  const { version, address, protocol } = parseBootstrapResult(protobuf);
  assert.deepEqual([version, address, protocol], [3, `unix://${SOCKET}`, "ttrpc"]);
  const newer = toBinary(BootstrapResultSchema, create(BootstrapResultSchema, { version: 9 }));
  assert.equal(parseBootstrapResult(newer).version, 9);
});

const answers: readonly (readonly [text: string, version: number, address: string, protocol: string])[] = [
  ["unix:///x", 2, "unix:///x", "ttrpc"],
  ["unix:///x\n", 2, "unix:///x", "ttrpc"],
  ["/abstract/name", 2, "/abstract/name", "ttrpc"],
  ["vsock://2:1024", 2, "vsock://2:1024", "ttrpc"],
  ['{"version":2,"address":"unix:///x","protocol":"ttrpc"}\n', 2, "unix:///x", "ttrpc"],
  [`{"version":3,"address":"unix://${SOCKET}","protocol":"grpc"}`, 3, `unix://${SOCKET}`, "grpc"],
  ['{"version":3,"address":"unix:///x"}', 3, "unix:///x", ""],
  ['{"version":1,"address":"unix:///x"}', 2, '{"version":1,"address":"unix:///x"}', "ttrpc"],
  ['{"address":"unix:///x"}', 2, '{"address":"unix:///x"}', "ttrpc"],
  ["{bad", 2, "{bad", "ttrpc"],
  ["[3]", 2, "[3]", "ttrpc"],
  ["null", 2, "null", "ttrpc"],
  ["\n", 2, "", "ttrpc"],
  ["", 0, "", ""],
];

for (const [text, ...expected] of answers)
  test(`the answer ${JSON.stringify(text)} is version ${expected[0]}`, () => {
    const { version, address, protocol } = parseBootstrapResult(bytes(text));
    assert.deepEqual([version, address, protocol], expected);
  });

test("JSON of a version to come is Unimplemented", () => {
  assert.throws(
    () => parseBootstrapResult(bytes('{"version":4,"address":"unix:///x","protocol":"ttrpc"}')),
    (error) =>
      isNotImplemented(error) && wireMessage(error) === "unsupported shim version (4): not implemented",
  );
});

test("what is written to bootstrap.json is read again", () => {
  const endpoint = { version: 3, address: "unix:///x", protocol: "ttrpc" };
  assert.equal(bootstrapJson(endpoint), '{"version":3,"address":"unix:///x","protocol":"ttrpc"}');
  const more = { ...endpoint, capabilities: [7], metadata: { "davit.adopt": "yes" } };
  assert.deepEqual(parseBootstrapResult(bytes(bootstrapJson(more))), more);
});

test("bytes that are no protobuf are told from it", () => {
  assert.ok(isProtobuf(Uint8Array.of()));
  assert.ok(isProtobuf(protobuf));
  const malformed = [
    [0x0a], // a length is missing
    [0x08, 0x80], // a varint does not end
    [0x0b, 0x0c], // a group
    [0x0f], // wire type 7
    [0x00, 0x01], // field 0
    [0x0d, 1, 2, 3], // four bytes of which one is missing
    [0x08, ...Array.from({ length: 11 }, () => 0xff), 1], // a varint of twelve bytes
  ];
  for (const each of malformed) assert.ok(!isProtobuf(Uint8Array.from(each)), String(each));
  assert.ok(!isProtobuf(Uint8Array.of(0x08, 1), new Map([[1, [2]]])), "a known field of another type");
});
