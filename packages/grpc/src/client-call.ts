import { Metadata, type ServiceError } from "@grpc/grpc-js";
import { fromStatus } from "@davit/errdefs";
import type { CallOptions } from "@davit/namespaces";
import { HEADER } from "./metadata.ts";
import { decodeDetails } from "./status.ts";

/** What a call of a client carries beside its request. The options of a handler fit as they are. */
export interface ClientCallOptions extends Partial<CallOptions> {
  /** Milliseconds until the call fails with DeadlineExceeded, here and at the server. */
  readonly timeoutMs?: number | undefined;
  /** More headers; names that end in `-bin` take bytes. */
  readonly metadata?: Readonly<Record<string, string | Uint8Array>> | undefined;
}

/** The headers of a call. */
export function metadataOf({ namespace, lease, trace, metadata = {} }: ClientCallOptions): Metadata {
  const result = new Metadata();
  const named = {
    [HEADER.namespace]: namespace,
    [HEADER.lease]: lease,
    [HEADER.traceparent]: trace?.traceparent,
    [HEADER.tracestate]: trace?.tracestate,
    [HEADER.baggage]: trace?.baggage,
  };
  for (const [name, value] of Object.entries(named)) if (value) result.set(name, value);
  for (const [name, value] of Object.entries(metadata))
    result.set(name, typeof value === "string" ? value : Buffer.from(value));
  return result;
}

/** The deadline of a call, for grpc-js. */
export const deadlineOf = ({ timeoutMs }: ClientCallOptions): { deadline?: number } =>
  timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };

/** Calls `cancel` when the signal is aborted. Returns what undoes that. */
export function onAbort(signal: AbortSignal | undefined, cancel: () => void): () => void {
  signal?.addEventListener("abort", cancel, { once: true });
  return () => signal?.removeEventListener("abort", cancel);
}

/** What a failed call throws: the reason of its own signal, or the error of the status. */
export function callError(err: unknown, { signal }: ClientCallOptions): unknown {
  if (signal?.aborted) return signal.reason;
  const { code, details, metadata } = err as ServiceError;
  if (typeof code !== "number") return err;
  const [encoded] = (metadata as Metadata | undefined)?.get("grpc-status-details-bin") ?? [];
  return fromStatus({
    code,
    message: details,
    ...(encoded instanceof Uint8Array ? { details: decodeDetails(encoded) } : {}),
  });
}
