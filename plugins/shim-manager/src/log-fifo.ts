import { closeSync, constants, openSync } from "node:fs";
import { Socket } from "node:net";
import type { Writable } from "node:stream";
import { isErrno } from "@davit/errdefs";
import { mkfifo } from "@davit/sys";

/** Where the logs of shims go: one stream for all, which may be slower than they are. */
export class LogSink {
  readonly #to: Pick<Writable, "write" | "once">;
  readonly #paused = new Set<Socket>();

  /** @param to default: stderr, as the daemon's own log. */
  constructor(to: Pick<Writable, "write" | "once"> = process.stderr) {
    this.#to = to;
  }

  /** Copies what comes from `from`; a shim waits while the stream takes no more. */
  copy(from: Socket): void {
    from.on("data", (chunk) => {
      if (this.#to.write(chunk)) return;
      from.pause();
      if (this.#paused.size === 0) this.#to.once("drain", () => this.#resume());
      this.#paused.add(from);
    });
  }

  #resume(): void {
    const paused = [...this.#paused];
    this.#paused.clear();
    for (const socket of paused) socket.resume();
  }
}

/** The `log` FIFO of a bundle, held open so that the shim can open it for writing at any time, and never sees its end. */
export class LogFifo implements Disposable {
  readonly #socket: Socket;

  /** Makes the FIFO where there is none, and begins to copy it. @throws the error of `mkfifo` or `open`. */
  constructor(path: string, sink: LogSink) {
    try {
      mkfifo(path, 0o700);
    } catch (error) {
      if (!isErrno(error, "EEXIST")) throw error;
    }
    const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    try {
      this.#socket = new Socket({ fd, readable: true, writable: false });
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    this.#socket.on("error", () => {});
    this.#socket.unref();
    sink.copy(this.#socket);
  }

  /** Stops to copy. Idempotent. */
  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
