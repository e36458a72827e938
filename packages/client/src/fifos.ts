import { once } from "node:events";
import { closeSync, constants, openSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { Socket } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { isErrno } from "@davit/errdefs";
import { mkfifo } from "@davit/sys";

const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** Paths of a process's standard streams, as the daemon is told; "" is none. */
export interface StdioPaths {
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Which streams a process gets. */
export interface StdioChoice {
  readonly stdin: boolean;
  readonly stderr: boolean;
}

/** FIFOs in a private directory of their own (reference 04 §10.1). */
export interface Fifos {
  readonly paths: StdioPaths;
  remove(): Promise<void>;
}

/** Makes the FIFOs of process `id` below `directory`. */
export async function makeFifos(
  directory: string,
  id: string,
  { stdin, stderr }: StdioChoice,
): Promise<Fifos> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const own = await mkdtemp(join(directory, "io-"));
  const make = (name: string): string => {
    const path = join(own, `${id}-${name}`);
    mkfifo(path, 0o600);
    return path;
  };
  return {
    paths: {
      stdin: stdin ? make("stdin") : "",
      stdout: make("stdout"),
      stderr: stderr ? make("stderr") : "",
    },
    remove: () => rm(own, { recursive: true, force: true }),
  };
}

/** The reading end of a FIFO, and what keeps it from its end while nobody has the other. */
export interface OutputFifo {
  readonly stream: Socket;
  /** Lets the end be seen. Idempotent. */
  release(): void;
}

/**
 * Opens a FIFO to read. Without a writer it would be at its end at once: with `keep` there is one until `release`, by when
 * the shim must have opened it.
 */
export function readFifo(path: string, keep: boolean): OutputFifo {
  const fd = openSync(path, O_RDONLY | O_NONBLOCK);
  const kept = keep ? openSync(path, O_WRONLY | O_NONBLOCK) : undefined;
  return { stream: new Socket({ fd, readable: true, writable: false }), release: closing(kept) };
}

/** The writing end of a FIFO. */
export interface InputFifo {
  readonly stream: Socket;
  /** Resolves when all that was written is in the FIFO, somebody reads it, and this end is closed. */
  end(): Promise<void>;
  /** Closes it as it is. Idempotent. */
  close(): void;
}

/**
 * Opens a FIFO to write. Without a reader it could not be opened: with `keep` there is one until it is ended.
 * @throws ENXIO when it is not kept and nobody reads.
 */
export function writeFifo(path: string, keep: boolean): InputFifo {
  const releaseReader = closing(keep ? openSync(path, O_RDONLY | O_NONBLOCK) : undefined);
  const stream = new Socket({
    fd: openSync(path, O_WRONLY | O_NONBLOCK),
    readable: false,
    writable: true,
  });
  // What was written lasts as long as somebody has the FIFO open: this one, when the stream has closed its own.
  const releaseWriter = closing(openSync(path, O_WRONLY | O_NONBLOCK));
  // What is not read because the process has ended is no error of the writer.
  stream.on("error", () => undefined);
  const closed = new AbortController();
  const close = (): void => {
    closed.abort();
    stream.destroy();
    releaseReader();
    releaseWriter();
  };
  return {
    stream,
    close,
    async end() {
      stream.end();
      if (!stream.closed) await once(stream, "close");
      releaseReader();
      // The shim opens its end in the background, even after the process has started.
      while (!closed.signal.aborted && !isRead(path)) await setTimeout(READER_POLL_MS);
      close();
    },
  };
}

const READER_POLL_MS = 5;

/** Whether somebody has a FIFO open to read: else the kernel refuses a writer that does not want to wait. */
function isRead(path: string): boolean {
  try {
    closeSync(openSync(path, O_WRONLY | O_NONBLOCK));
    return true;
  } catch (err) {
    if (isErrno(err, "ENXIO")) return false;
    // It was removed: the process is gone.
    if (isErrno(err, "ENOENT")) return true;
    throw err;
  }
}

function closing(fd: number | undefined): () => void {
  let open = fd !== undefined;
  return () => {
    if (open && fd !== undefined) closeSync(fd);
    open = false;
  };
}
