import { FailedPreconditionError, InvalidArgumentError } from "@davit/errdefs";
import { validateIdentifier } from "@davit/identifiers";

/** W3C trace context, passed on as it came. */
export interface TraceHeaders {
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
  readonly baggage?: string | undefined;
}

/** What every call carries beside its arguments. */
export interface CallOptions {
  /** The namespace of the call; "" when the client gave none. {@link requireNamespace} is where that becomes an error. */
  readonly namespace: string;
  /** Id of the lease that keeps what the call creates. */
  readonly lease?: string | undefined;
  /** Aborted when the client goes away or its deadline passes. */
  readonly signal?: AbortSignal | undefined;
  readonly trace?: TraceHeaders | undefined;
}

/** The default namespace of clients. */
export const DEFAULT_NAMESPACE = "default";

/**
 * The namespace of a call.
 * @throws FailedPreconditionError when there is none, InvalidArgumentError when it is no identifier (reference 01 §2).
 */
export function requireNamespace({ namespace }: CallOptions): string {
  if (namespace === "") throw new FailedPreconditionError("namespace is required");
  try {
    validateIdentifier(namespace);
  } catch (cause) {
    throw new InvalidArgumentError("namespace validation", { cause });
  }
  return namespace;
}
