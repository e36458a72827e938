/** Why a request brought nothing. Plain data: it crosses from the thread that fetches. */
export type Failure = StatusFailure | TransportFailure;

/** The registry answered, but not with what was asked for. */
export interface StatusFailure {
  readonly kind: "status";
  readonly method: string;
  /** The URL that answered, after redirects. */
  readonly url: string;
  readonly status: number;
  readonly statusText: string;
  /** The values of WWW-Authenticate. */
  readonly challenges: readonly string[];
  readonly retryAfter?: string | undefined;
  /** The credential that was sent, to tell a refused one from a missing one. */
  readonly authorization?: string | undefined;
  /** The beginning of the body. */
  readonly body: string;
}

/** No answer, or one that broke off. */
export interface TransportFailure {
  readonly kind: "transport";
  readonly method: string;
  readonly url: string;
  readonly reason: string;
  /** Whether the same request may succeed in a moment: a time-out, or a connection that was closed. */
  readonly retryable: boolean;
}

/** A failure as an exception, within a thread. */
export class HttpFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.kind === "status" ? `${failure.status} ${failure.statusText}` : failure.reason, options);
    this.name = "HttpFailure";
    this.failure = failure;
  }
}

const RETRYABLE = new Set([
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_SOCKET",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  // A closed connection in the middle of a chunked or a compressed body.
  "UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
  "HPE_INVALID_EOF_STATE",
]);

/** Puts what undici threw into the form of a failure. */
export function transportFailure(err: unknown, method: string, url: string): TransportFailure {
  const code = codeOf(err);
  return { kind: "transport", method, url, reason: reasonOf(err, code), retryable: RETRYABLE.has(code) };
}

/** The code of an error or of its cause, as Node and undici set it; `""` when there is none. */
export function codeOf(err: unknown): string {
  for (let e = err; e instanceof Error; e = e.cause)
    if ("code" in e && typeof e.code === "string") return e.code;
  return "";
}

/** Node's errors of several addresses have an empty message. */
function reasonOf(err: unknown, code: string): string {
  if (!(err instanceof Error)) return String(err);
  const first: unknown = err instanceof AggregateError ? err.errors[0] : undefined;
  return err.message || (first instanceof Error && first.message) || code || err.name;
}
