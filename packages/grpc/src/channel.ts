import { Client, credentials } from "@grpc/grpc-js";
import { UnavailableError } from "@davit/errdefs";

/** How a channel is made. */
export interface ChannelOptions {
  /** Largest message sent or received, in bytes; default 16 MiB, as in containerd's clients. */
  readonly maxMessageSize?: number;
  /** Longest wait between attempts to connect, in milliseconds; default 3000. */
  readonly maxBackoffMs?: number;
}

/** A connection to a gRPC server, made when the first call needs it and made anew when it is lost. Many clients may share one. */
export class Channel implements Disposable {
  readonly address: string;
  /** The client of grpc-js beneath, for what is not offered here. */
  readonly grpc: Client;

  constructor(address: string, { maxMessageSize = 16 << 20, maxBackoffMs = 3000 }: ChannelOptions = {}) {
    this.address = address;
    this.grpc = new Client(targetOf(address), credentials.createInsecure(), {
      "grpc.max_receive_message_length": maxMessageSize,
      "grpc.max_send_message_length": maxMessageSize,
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": maxBackoffMs,
      // Channels to the same address stay apart: closing one must not depend on another.
      "grpc.use_local_subchannel_pool": 1,
    });
  }

  /** Connects, unless it has. @throws UnavailableError when there is no connection within `timeoutMs`. */
  ready(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.grpc.waitForReady(Date.now() + timeoutMs, (cause) => {
        if (cause) reject(new UnavailableError(`connect to ${this.address}`, { cause }));
        else resolve();
      });
    });
  }

  /** Closes the connection; calls under way are cancelled. Idempotent. */
  close(): void {
    this.grpc.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Opens a channel to `unix:///path`, an absolute path, or `host:port`. Nothing is connected yet. */
export const openChannel = (address: string, options?: ChannelOptions): Channel =>
  new Channel(address, options);

function targetOf(address: string): string {
  if (address.startsWith("/")) return `unix://${address}`;
  return address;
}
