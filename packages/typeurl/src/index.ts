/** Any values: protobuf messages and JSON types behind type URLs. @packageDocumentation */
export {
  isAnyOf,
  jsonType,
  packAny,
  typeUrlOf,
  unpackAny,
  type Any,
  type AnyType,
  type JsonType,
  type ValueOf,
} from "./any.ts";
export { TypeRegistry } from "./registry.ts";
export * from "./urls.ts";
