import type { Any } from "@davit/typeurl";

/**
 * Messages between a client and the part of the daemon that it asked to use the stream (containerd core/streaming).
 * Both ends are one of these.
 */
export interface Stream extends AsyncDisposable {
  /**
   * Sends a message. Resolves when the transport has it and has room for another: who awaits it is held back when the
   * other end does not read.
   * @throws CanceledError when the other end has gone; FailedPreconditionError after `close()`.
   */
  send(message: Any): Promise<void>;
  /**
   * The next message; undefined when the other end has said that there are no more, or this one was closed in the daemon.
   * @throws CanceledError when the client has gone.
   */
  recv(): Promise<Any | undefined>;
  /** Says that nothing more will be sent. In the daemon that ends the stream both ways; a client may go on receiving. Idempotent. */
  close(): Promise<void>;
  /** Gives the stream up, both ways. */
  [Symbol.asyncDispose](): Promise<void>;
}
