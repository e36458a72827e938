import type { CallOptions, TraceHeaders } from "@davit/namespaces";
import type { HandlerContext } from "ttrpc-node";

/** What a call carries (containerd pkg/namespaces ttrpc.go): its namespace has a name of its own in ttrpc. */
export function callOptions({ metadata, signal }: HandlerContext): CallOptions {
  const first = (name: string): string | undefined => metadata.get(name)?.[0];
  const trace: TraceHeaders = {
    traceparent: first("traceparent"),
    tracestate: first("tracestate"),
    baggage: first("baggage"),
  };
  return { namespace: first("containerd-namespace-ttrpc") ?? "", signal, trace };
}
