import { Code } from "./code.ts";

/** A google.protobuf.Any as it travels: nothing of it is decoded here. */
export interface Detail {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/** How a call ended: google.rpc.Status. */
export interface Status {
  readonly code: number;
  readonly message: string;
  readonly details?: readonly Detail[];
}

const brand = Symbol.for("ttrpc-node.error"); // shared by every installed copy, unlike `instanceof`

/** The error of a call. Handlers throw it to answer a status, clients are given the status a server answered. */
export class TtrpcError extends Error implements Status {
  readonly code: number;
  readonly details: readonly Detail[];

  constructor(code: number, message: string, options: ErrorOptions & { details?: readonly Detail[] } = {}) {
    super(message, options);
    this.name = "TtrpcError";
    this.code = code;
    this.details = options.details ?? [];
    Object.defineProperty(this, brand, { value: true });
  }
}

/** Whether `error` is a TtrpcError of this or another installed copy of the package. */
export function isTtrpcError(error: unknown): error is TtrpcError {
  return error instanceof Error && brand in error;
}

const CLOSED = "ttrpc: closed";

/** Whether the call failed because its connection is closed: the text on which Go's clients decide to connect again. */
export function isClosed(error: unknown): boolean {
  return isTtrpcError(error) && error.message === CLOSED;
}

/** The error of every call on a connection that is closed. `cause` is the socket's own error. */
export function closedError(cause?: Error): TtrpcError {
  return new TtrpcError(Code.Unknown, CLOSED, cause && { cause });
}

/** A message that is too large to be sent, or was too large to be received; in the words of Go's implementation. */
export function oversizeError(sizeBytes: number, maximum: number): TtrpcError {
  return new TtrpcError(
    Code.ResourceExhausted,
    `message length ${sizeBytes} exceed maximum message size of ${maximum}`,
  );
}

/** The peer broke the protocol in an answer to this call. */
export function protocolError(what: string): TtrpcError {
  return new TtrpcError(Code.Unknown, `${what}: protocol error`);
}

/** The status a server answers when a handler threw `error`: its own, or one by its name, or Unknown with its message. */
export function statusOf(error: unknown): Status {
  if (isTtrpcError(error))
    return error.code === Code.OK ? { code: Code.Unknown, message: error.message } : error;
  if (!(error instanceof Error)) return { code: Code.Unknown, message: String(error) };
  return { code: codeByName[error.name] ?? Code.Unknown, message: error.message };
}

/** What AbortSignal makes its callers throw. */
const codeByName: Readonly<Record<string, number>> = Object.assign(Object.create(null), {
  AbortError: Code.Canceled,
  TimeoutError: Code.DeadlineExceeded,
});
