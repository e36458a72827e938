/**
 * containerd's protobuf API: our own `.proto` files and the messages generated from them by protobuf-es.
 * Each area has an entry of its own (`@davit/api/services/content`, `@davit/api/types`, …), so that importing one service
 * does not load all of them. This one loads everything, for whoever must decode an `Any` of any type.
 * @packageDocumentation
 */

export { allTypes, eventRegistry } from "./registry.ts";
