import { closeSync, constants, openSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { Socket } from "node:net";
import { join } from "node:path";
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

/** One end of a FIFO, and what keeps it usable while nobody has the other. */
export interface FifoEnd {
  readonly stream: Socket;
  /** Lets the other end's going be seen. Idempotent. */
  release(): void;
}

/**
 * Opens a FIFO to read. Without a writer it would be at its end at once: with `keep` there is one until `release`, by when
 * the shim must have opened it.
 */
export function readFifo(path: string, keep: boolean): FifoEnd {
  const fd = openSync(path, O_RDONLY | O_NONBLOCK);
  const kept = keep ? openSync(path, O_WRONLY | O_NONBLOCK) : undefined;
  return { stream: new Socket({ fd, readable: true, writable: false }), release: closing(kept) };
}

/**
 * Opens a FIFO to write. Without a reader it could not be opened: with `keep` there is one until `release`.
 * @throws ENXIO when it is not kept and nobody reads.
 */
export function writeFifo(path: string, keep: boolean): FifoEnd {
  const kept = keep ? openSync(path, O_RDONLY | O_NONBLOCK) : undefined;
  const fd = openSync(path, O_WRONLY | O_NONBLOCK);
  const stream = new Socket({ fd, readable: false, writable: true });
  // What is not read because the process has ended is no error of the writer.
  stream.on("error", () => undefined);
  return { stream, release: closing(kept) };
}

function closing(fd: number | undefined): () => void {
  let open = fd !== undefined;
  return () => {
    if (open && fd !== undefined) closeSync(fd);
    open = false;
  };
}
