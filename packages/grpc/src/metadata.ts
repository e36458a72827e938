import type { IncomingHttpHeaders } from "node:http2";
import type { CallOptions, TraceHeaders } from "@davit/namespaces";

/** Names of the headers that calls carry (containerd pkg/namespaces, core/leases; W3C Trace Context and Baggage). */
export const HEADER = {
  namespace: "containerd-namespace",
  lease: "containerd-lease",
  traceparent: "traceparent",
  tracestate: "tracestate",
  baggage: "baggage",
} as const;

/** What the headers of a call say to its handler. `raw` holds them as they came: name, value, name, value. */
export function callOptions(
  headers: IncomingHttpHeaders,
  raw: readonly string[],
  signal: AbortSignal,
): CallOptions & { readonly signal: AbortSignal } {
  const lease = utf8(first(headers, raw, HEADER.lease));
  const trace = traceOf(headers, raw);
  return {
    namespace: utf8(first(headers, raw, HEADER.namespace)) ?? "",
    ...(lease ? { lease } : {}),
    ...(trace === undefined ? {} : { trace }),
    signal,
  };
}

/** A header's value as Go clients write it. Node gives each byte as a character. */
const utf8 = (value: string | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value, "latin1").toString("utf8");

/** The first value of a header. Node joins several values, which for a namespace with a comma would be a guess. */
export function first(
  headers: IncomingHttpHeaders,
  raw: readonly string[],
  name: string,
): string | undefined {
  const joined = headers[name];
  if (typeof joined !== "string" || !joined.includes(",")) return Array.isArray(joined) ? joined[0] : joined;
  for (let i = 0; i < raw.length; i += 2) if (raw[i] === name) return raw[i + 1];
  return joined;
}

function traceOf(headers: IncomingHttpHeaders, raw: readonly string[]): TraceHeaders | undefined {
  const traceparent = first(headers, raw, HEADER.traceparent);
  const { tracestate, baggage } = headers as Record<string, string | undefined>;
  if (traceparent === undefined && tracestate === undefined && baggage === undefined) return undefined;
  return {
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tracestate === undefined ? {} : { tracestate }),
    ...(baggage === undefined ? {} : { baggage }),
  };
}
