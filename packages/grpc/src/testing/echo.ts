// A service with all four kinds of methods, described at run time as protoc-gen-es would have written it.
import { create, toBinary, type Message } from "@bufbuild/protobuf";
import {
  fileDesc,
  messageDesc,
  serviceDesc,
  type GenFile,
  type GenMessage,
  type GenService,
} from "@bufbuild/protobuf/codegenv2";
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";

export type Item = Message<"davit.grpc.test.Item"> & { id: string; name: string; size: bigint };
export type EchoRequest = Message<"davit.grpc.test.EchoRequest"> & {
  text: string;
  count: number;
  data: Uint8Array;
};
export type EchoResponse = Message<"davit.grpc.test.EchoResponse"> & {
  text: string;
  index: number;
  data: Uint8Array;
  items: Item[];
};

const optional = (number: number, name: string, type: Type) => ({
  number,
  name,
  type,
  label: Label.OPTIONAL,
  jsonName: name,
});
const method = (name: string, clientStreaming: boolean, serverStreaming: boolean) => ({
  name,
  inputType: ".davit.grpc.test.EchoRequest",
  outputType: ".davit.grpc.test.EchoResponse",
  clientStreaming,
  serverStreaming,
});

const proto = create(FileDescriptorProtoSchema, {
  name: "davit/grpc/test/echo.proto",
  package: "davit.grpc.test",
  syntax: "proto3",
  messageType: [
    {
      name: "Item",
      field: [
        optional(1, "id", Type.STRING),
        optional(2, "name", Type.STRING),
        optional(3, "size", Type.INT64),
      ],
    },
    {
      name: "EchoRequest",
      field: [
        optional(1, "text", Type.STRING),
        optional(2, "count", Type.INT32),
        optional(3, "data", Type.BYTES),
      ],
    },
    {
      name: "EchoResponse",
      field: [
        optional(1, "text", Type.STRING),
        optional(2, "index", Type.INT32),
        optional(3, "data", Type.BYTES),
        {
          ...optional(4, "items", Type.MESSAGE),
          label: Label.REPEATED,
          typeName: ".davit.grpc.test.Item",
        },
      ],
    },
  ],
  service: [
    {
      name: "Echo",
      method: [
        method("Say", false, false),
        method("Count", false, true),
        method("Sum", true, false),
        method("Chat", true, true),
      ],
    },
  ],
});

const file: GenFile = fileDesc(Buffer.from(toBinary(FileDescriptorProtoSchema, proto)).toString("base64"));

export const ItemSchema: GenMessage<Item> = messageDesc(file, 0);
export const EchoRequestSchema: GenMessage<EchoRequest> = messageDesc(file, 1);
export const EchoResponseSchema: GenMessage<EchoResponse> = messageDesc(file, 2);

type Kind<K extends string> = {
  methodKind: K;
  input: typeof EchoRequestSchema;
  output: typeof EchoResponseSchema;
};

/** `Say` (unary), `Count` (server-streaming), `Sum` (client-streaming), `Chat` (both). */
export const Echo: GenService<{
  say: Kind<"unary">;
  count: Kind<"server_streaming">;
  sum: Kind<"client_streaming">;
  chat: Kind<"bidi_streaming">;
}> = serviceDesc(file, 0);
