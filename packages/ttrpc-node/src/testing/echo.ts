/** A service with a method of each kind, described without generated code. `testing/go` serves and calls the same. */

import { create, createFileRegistry } from "@bufbuild/protobuf";
import type { GenService } from "@bufbuild/protobuf/codegenv2";
import {
  file_google_protobuf_wrappers,
  FileDescriptorProtoSchema,
  type StringValueSchema,
} from "@bufbuild/protobuf/wkt";

const method = (name: string, clientStreaming = false, serverStreaming = false) => ({
  name,
  inputType: ".google.protobuf.StringValue",
  outputType: ".google.protobuf.StringValue",
  clientStreaming,
  serverStreaming,
});

const file = create(FileDescriptorProtoSchema, {
  name: "ttrpc_node/testing/echo.proto",
  package: "ttrpc_node.testing",
  syntax: "proto3",
  dependency: ["google/protobuf/wrappers.proto"],
  service: [
    {
      name: "Echo",
      method: [
        method("Say"),
        method("Count", false, true),
        method("Join", true, false),
        method("Chat", true, true),
      ],
    },
  ],
});

const registry = createFileRegistry(file, (name) =>
  name === file_google_protobuf_wrappers.proto.name ? file_google_protobuf_wrappers.proto : undefined,
);

type Method<K> = { methodKind: K; input: typeof StringValueSchema; output: typeof StringValueSchema };

/** Say answers what it is told, Count counts up to it, Join joins what it is sent, Chat answers each in capitals. */
export const Echo: GenService<{
  say: Method<"unary">;
  count: Method<"server_streaming">;
  join: Method<"client_streaming">;
  chat: Method<"bidi_streaming">;
}> = registry.getService("ttrpc_node.testing.Echo") as never;
