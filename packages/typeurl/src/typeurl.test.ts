import assert from "node:assert/strict";
import { test } from "node:test";
import { create, createFileRegistry, toBinary, type DescFile, type DescMessage } from "@bufbuild/protobuf";
import {
  AnySchema,
  EmptySchema,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  TimestampSchema,
} from "@bufbuild/protobuf/wkt";
import { isInvalidArgument, isNotFound, wireMessage } from "@davit/errdefs";
import {
  isAnyOf,
  jsonType,
  OCI_SPEC_URL,
  packAny,
  TypeRegistry,
  typeUrlOf,
  unpackAny,
  type Any,
} from "@davit/typeurl";

/** A file with one message of one field, so that these tests need no generated code. */
function testFile(pkg: string, message: string, field: string, type: FieldDescriptorProto_Type): DescFile {
  const file = create(FileDescriptorProtoSchema, {
    name: `${message}.proto`,
    package: pkg,
    syntax: "proto3",
    messageType: [
      {
        name: message,
        field: [{ name: field, number: 1, type, label: FieldDescriptorProto_Label.OPTIONAL }],
        nestedType: [{ name: "Inner" }],
      },
    ],
  });
  const registered = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] })).getFile(
    `${message}.proto`,
  );
  assert.ok(registered);
  return registered;
}

const messageOf = (file: DescFile): DescMessage => {
  const [message] = file.messages;
  assert.ok(message);
  return message;
};

const streamFile = testFile(
  "containerd.services.streaming.v1",
  "StreamInit",
  "id",
  FieldDescriptorProto_Type.STRING,
);
const StreamInit = messageOf(streamFile);
const WindowUpdate = messageOf(
  testFile("containerd.types.transfer", "WindowUpdate", "update", FieldDescriptorProto_Type.INT32),
);
const Spec = jsonType<{ ociVersion: string }>(OCI_SPEC_URL);

const hexOf = ({ typeUrl, value }: Any): string =>
  Buffer.from(toBinary(AnySchema, create(AnySchema, { typeUrl, value: Uint8Array.from(value) }))).toString(
    "hex",
  );

test("Any values have the bytes of the reference", () => {
  assert.equal(
    hexOf(packAny(EmptySchema, create(EmptySchema))),
    "0a15676f6f676c652e70726f746f6275662e456d707479",
  );
  assert.equal(
    hexOf(packAny(StreamInit, create(StreamInit, { id: "s1" }))),
    "0a2b636f6e7461696e6572642e73657276696365732e73747265616d696e672e76312e53747265616d496e697412040a027331",
  );
  assert.equal(
    hexOf(packAny(Spec, { ociVersion: "1.2.0" })),
    "0a3674797065732e636f6e7461696e6572642e696f2f6f70656e636f6e7461696e6572732f72756e74696d652d737065632f312f5370656312167b226f636956657273696f6e223a22312e322e30227d",
  );
  assert.equal(
    hexOf(packAny(WindowUpdate, create(WindowUpdate, { update: 65536 }))),
    "0a26636f6e7461696e6572642e74797065732e7472616e736665722e57696e646f77557064617465120408808004",
  );
});

test("a type URL is written without a prefix", () => {
  assert.equal(typeUrlOf(EmptySchema), "google.protobuf.Empty");
  assert.equal(typeUrlOf(Spec), "types.containerd.io/opencontainers/runtime-spec/1/Spec");
  assert.equal(packAny(EmptySchema, create(EmptySchema)).typeUrl, "google.protobuf.Empty");
});

test("a message is read with and without a prefix, a JSON type by its whole URL", () => {
  const { value } = packAny(StreamInit, create(StreamInit, { id: "s1" }));
  for (const prefix of ["", "type.googleapis.com/", "example.com/a/b/", "/"]) {
    const any = { typeUrl: `${prefix}${StreamInit.typeName}`, value };
    assert.ok(isAnyOf(any, StreamInit));
    assert.deepEqual(unpackAny(any, StreamInit), create(StreamInit, { id: "s1" }));
  }
  assert.ok(!isAnyOf({ typeUrl: "Spec", value }, Spec));
  assert.ok(!isAnyOf({ typeUrl: `x/${OCI_SPEC_URL}`, value }, Spec));
});

test("a value of another type is InvalidArgument", () => {
  assert.throws(
    () => unpackAny(packAny(Spec, { ociVersion: "1" }), EmptySchema),
    (err) => isInvalidArgument(err) && wireMessage(err).includes('is not "google.protobuf.Empty"'),
  );
});

test("bytes that are no value are InvalidArgument", () => {
  const registry = new TypeRegistry(TimestampSchema, Spec);
  for (const any of [
    { typeUrl: "google.protobuf.Timestamp", value: Uint8Array.of(0xff) },
    { typeUrl: OCI_SPEC_URL, value: new TextEncoder().encode("{bad") },
    { typeUrl: OCI_SPEC_URL, value: Uint8Array.of(0x22, 0xff, 0x22) },
    { typeUrl: OCI_SPEC_URL, value: new Uint8Array() },
  ])
    assert.throws(
      () => registry.decodeAny(any),
      (err) => isInvalidArgument(err) && wireMessage(err).startsWith("failed to decode"),
    );
});

test("a registry decodes what is registered, messages and JSON alike", () => {
  const registry = new TypeRegistry(streamFile).registerType(Spec, EmptySchema);
  const init = create(StreamInit, { id: "s1" });
  const any = registry.encodeAny(init);
  assert.deepEqual(registry.decodeAny(any), init);
  assert.deepEqual(registry.decodeAny({ ...any, typeUrl: `type.googleapis.com/${any.typeUrl}` }), init);
  const spec = registry.encodeAny(Spec, { ociVersion: "1.2.0" });
  assert.deepEqual(registry.decodeAny(spec), { ociVersion: "1.2.0" });
  assert.ok(registry.knows(spec));
});

test("a file registers its nested messages too", () => {
  const registry = new TypeRegistry(streamFile);
  assert.ok(
    registry.knows({ typeUrl: "containerd.services.streaming.v1.StreamInit.Inner", value: new Uint8Array() }),
  );
});

test("a type that is not registered is NotFound with containerd's text", () => {
  const registry = new TypeRegistry(Spec);
  for (const [typeUrl, message] of [
    ["containerd.runc.v1.Options", "type with url containerd.runc.v1.Options: not found"],
    ["x/y", "type with url x/y: not found"],
    ["", "type with url : not found"],
    // A JSON type is not found by the end of its URL.
    ["other/Spec", "type with url other/Spec: not found"],
  ] as const) {
    assert.ok(!registry.knows({ typeUrl, value: new Uint8Array() }));
    assert.throws(
      () => registry.decodeAny({ typeUrl, value: new Uint8Array() }),
      (err) => isNotFound(err) && wireMessage(err) === message,
    );
  }
  assert.throws(() => registry.encodeAny(create(EmptySchema)), isNotFound);
});

test("registries share nothing", () => {
  const any = new TypeRegistry(EmptySchema).encodeAny(create(EmptySchema));
  assert.ok(!new TypeRegistry().knows(any));
});

test("a registry tells the URL of a message and of a type", () => {
  const registry = new TypeRegistry();
  assert.equal(registry.typeUrlOf(create(StreamInit)), "containerd.services.streaming.v1.StreamInit");
  assert.equal(registry.typeUrlOf(StreamInit), "containerd.services.streaming.v1.StreamInit");
  assert.equal(registry.typeUrlOf(Spec), OCI_SPEC_URL);
});

test("google.protobuf.Any of protobuf-es is an Any", () => {
  const any = create(AnySchema, { typeUrl: OCI_SPEC_URL, value: new TextEncoder().encode("{}") });
  assert.deepEqual(unpackAny(any, Spec), {});
});
