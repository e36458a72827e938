import type { IncomingHttpHeaders } from "node:http2";
import type { Status } from "@davit/errdefs";
import type { CallOptions } from "@davit/namespaces";

/** A call as interceptors see it. */
export interface Call {
  /** Full name of the service, such as `containerd.services.images.v1.Images`. */
  readonly service: string;
  /** Name of the method as in the .proto file. */
  readonly method: string;
  /** What the handler is given. */
  readonly options: CallOptions;
  readonly headers: IncomingHttpHeaders;
  /** When the call must be over, in milliseconds since the epoch. */
  readonly deadlineMs: number | undefined;
}

/**
 * Runs around a call: metrics, logs, traces, permission. `next()` runs what is inside and resolves to the status of the call,
 * for errors too; what the interceptor returns is sent. Messages of a stream have been sent by then. What it throws becomes
 * the status; without `next()` the handler is never called.
 */
export type Interceptor = (call: Call, next: () => Promise<Status>) => Promise<Status>;
