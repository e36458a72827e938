import assert from "node:assert/strict";
import { test } from "node:test";
import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type Message,
  type MessageInitShape,
} from "@bufbuild/protobuf";
import { AnySchema, anyUnpack, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { allTypes, eventRegistry } from "@davit/api";
import { TaskExitSchema, TaskStartSchema } from "@davit/api/events";
import { StatusSchema } from "@davit/api/rpc";
import { OptionsSchema } from "@davit/api/runc";
import {
  BootstrapParamsSchema,
  BootstrapResultSchema,
  ExtensionSchema,
  LogLevel,
} from "@davit/api/runtime/bootstrap";
import * as v2 from "@davit/api/runtime/task-v2";
import * as v3 from "@davit/api/runtime/task-v3";
import { StreamInitSchema } from "@davit/api/services/streaming";
import { ForwardRequestSchema } from "@davit/api/services/ttrpc-events";
import { WindowUpdateSchema } from "@davit/api/transfer";
import { EnvelopeSchema } from "@davit/api/types";

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replace(/\s/g, ""), "hex"));
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const any = <D extends DescMessage>(schema: D, value: MessageInitShape<D>) => ({
  typeUrl: schema.typeName,
  value: toBinary(schema, create(schema, value)),
});

/** `value` is encoded as exactly `hex`, and `hex` is decoded as a message equal to it. */
function assertWire<D extends DescMessage>(schema: D, value: MessageInitShape<D>, hex: string): void {
  const message = create(schema, value);
  assert.equal(Buffer.from(toBinary(schema, message)).toString("hex"), hex.replace(/\s/g, ""));
  assert.deepEqual(fromBinary(schema, bytes(hex)), message);
}

const socket = "unix:///run/containerd/s/d25aa4ef11a84e954e74a5bcff06557d0b6ea8d0c00243896f29826694bbd888";

// The bytes below were captured from, or decoded by, the reference implementation.

test("StateRequest, the payload of a ttrpc Request, in both generations of the task service", () => {
  assertWire(v3.StateRequestSchema, { id: "c1" }, "0a026331");
  assertWire(v2.StateRequestSchema, { id: "c1" }, "0a026331");
});

test("StartResponse, the payload of a ttrpc Response", () => {
  assertWire(v3.StartResponseSchema, { pid: 6678 }, "089634");
});

test("google.rpc.Status of a task that is not there", () => {
  assertWire(
    StatusSchema,
    { code: 5, message: "container not created: not found" },
    "08051220636f6e7461696e6572206e6f7420637265617465643a206e6f7420666f756e64",
  );
});

test("BootstrapParams without extensions", () => {
  assertWire(
    BootstrapParamsSchema,
    {
      instanceId: "c1",
      namespace: "default",
      logLevel: LogLevel.INFO,
      containerdVersion: "v2.4.0",
      containerdTtrpcAddress: "/run/containerd/containerd.sock.ttrpc",
      containerdGrpcAddress: "/run/containerd/containerd.sock",
      containerdBinary: "/usr/local/bin/containerd",
      socketDir: "/run/containerd/s",
    },
    `0a026331120764656661756c74220676322e342e302a252f72756e2f636f6e74
     61696e6572642f636f6e7461696e6572642e736f636b2e7474727063321f2f72
     756e2f636f6e7461696e6572642f636f6e7461696e6572642e736f636b3a192f
     7573722f6c6f63616c2f62696e2f636f6e7461696e6572644a112f72756e2f63
     6f6e7461696e6572642f73`,
  );
});

test("BootstrapParams with a negative log level: ten bytes", () => {
  assertWire(BootstrapParamsSchema, { logLevel: LogLevel.DEBUG }, "18fcffffffffffffffff01");
});

test("BootstrapParams tells an empty socket folder from none", () => {
  assertWire(BootstrapParamsSchema, { socketDir: "" }, "4a00");
  assert.equal(fromBinary(BootstrapParamsSchema, new Uint8Array()).socketDir, undefined);
});

test("BootstrapParams with runc options as extension", () => {
  const value = any(OptionsSchema, { binaryName: "/usr/local/sbin/runc", systemdCgroup: true });
  assertWire(
    BootstrapParamsSchema,
    { extensions: [create(ExtensionSchema, { value: create(AnySchema, value) })] },
    `42380a360a1a636f6e7461696e6572642e72756e632e76312e4f7074696f6e73
     121832142f7573722f6c6f63616c2f7362696e2f72756e634801`,
  );
});

test("BootstrapResult", () => {
  assertWire(
    BootstrapResultSchema,
    { version: 3, address: socket, protocol: "ttrpc" },
    `08031259756e69783a2f2f2f72756e2f636f6e7461696e6572642f732f643235
     6161346566313161383465393534653734613562636666303635353764306236
     65613864306330303234333839366632393832363639346262643838381a0574
     74727063`,
  );
});

test("BootstrapParams is taken for an Any of id and namespace by older shims", () => {
  const params = toBinary(
    BootstrapParamsSchema,
    create(BootstrapParamsSchema, { instanceId: "c1", namespace: "ns" }),
  );
  const { typeUrl, value } = fromBinary(AnySchema, params);
  assert.deepEqual([typeUrl, Buffer.from(value).toString()], ["c1", "ns"]);
});

const envelope = `0a0808a5facdac061006120764656661756c741a0c2f7461736b732f73746172
  7422250a1b636f6e7461696e6572642e6576656e74732e5461736b5374617274
  12060a026331102a`;

test("Envelope of /tasks/start, and the request that forwards it", () => {
  const value = {
    timestamp: create(TimestampSchema, { seconds: 1_704_164_645n, nanos: 6 }),
    namespace: "default",
    topic: "/tasks/start",
    event: create(AnySchema, any(TaskStartSchema, { containerId: "c1", pid: 42 })),
  };
  assertWire(EnvelopeSchema, value, envelope);
  assertWire(ForwardRequestSchema, { envelope: create(EnvelopeSchema, value) }, `0a48${envelope}`);
});

test("an Envelope's event is found by its bare name, and by a prefixed one", () => {
  const { event } = fromBinary(EnvelopeSchema, bytes(envelope));
  assert.ok(event);
  for (const typeUrl of [event.typeUrl, `type.googleapis.com/${event.typeUrl}`]) {
    const found: Message | undefined = anyUnpack({ ...event, typeUrl }, eventRegistry);
    assert.deepEqual(found, create(TaskStartSchema, { containerId: "c1", pid: 42 }));
  }
});

test("TaskExit of an init process repeats the container id and leaves out a status of 0", () => {
  const exitedAt = create(TimestampSchema, { seconds: 5n });
  assertWire(
    TaskExitSchema,
    { containerId: "c1", id: "c1", pid: 42, exitedAt },
    "0a02633112026331182a2a020805",
  );
});

test("Timestamp of Go's zero time", () => {
  assertWire(TimestampSchema, { seconds: -62_135_596_800n }, "088092b8c398feffffff01");
});

test("Any of the acknowledgement of a stream", () => {
  assertWire(
    AnySchema,
    { typeUrl: "google.protobuf.Empty" },
    "0a15676f6f676c652e70726f746f6275662e456d707479",
  );
});

test("Any of StreamInit", () => {
  assertWire(
    AnySchema,
    any(StreamInitSchema, { id: "s1" }),
    `0a2b636f6e7461696e6572642e73657276696365732e73747265616d696e672e76312e53747265616d496e697412040a027331`,
  );
});

test("Any of an OCI spec holds JSON", () => {
  assertWire(
    AnySchema,
    {
      typeUrl: "types.containerd.io/opencontainers/runtime-spec/1/Spec",
      value: utf8(`{"ociVersion":"1.2.0"}`),
    },
    `0a3674797065732e636f6e7461696e6572642e696f2f6f70656e636f6e7461696e6572732f72756e74696d652d737065632f312f53706563
     12167b226f636956657273696f6e223a22312e322e30227d`,
  );
});

test("Any of WindowUpdate", () => {
  assertWire(
    AnySchema,
    any(WindowUpdateSchema, { update: 65_536 }),
    `0a26636f6e7461696e6572642e74797065732e7472616e736665722e57696e646f77557064617465120408808004`,
  );
});

test("task v2 and v3 have the same methods with messages of the same fields", () => {
  const shape = (version: string): string => {
    const service = allTypes.getService(`containerd.task.${version}.Task`);
    const methods = service?.methods.map((m) => [
      m.name,
      m.methodKind,
      fieldsOf(m.input),
      fieldsOf(m.output),
    ]);
    return JSON.stringify(methods).replaceAll(`task.${version}`, "task");
  };
  assert.ok(shape("v2").includes("ResizePty"));
  assert.equal(shape("v2"), shape("v3"));
});

function fieldsOf({ typeName, fields }: DescMessage): unknown[] {
  return [typeName, ...fields.map((f) => [f.number, f.name, f.fieldKind, f.message?.typeName, f.scalar])];
}
