/** A snapshotter in another process, spoken to over containerd's gRPC API. @packageDocumentation */
export { ProxySnapshotter } from "./proxy-snapshotter.ts";
