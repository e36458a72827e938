/** Any values: protobuf messages and JSON types behind type URLs. @packageDocumentation */

export const name: string = "@davit/typeurl";
