/** A content store in another process, spoken to over containerd's gRPC API. @packageDocumentation */
export { ProxyContentStore } from "./proxy-content-store.ts";
