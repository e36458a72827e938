import type { Readable, Writable } from "node:stream";
import { makeFifos, readFifo, writeFifo, type OutputFifo, type StdioPaths } from "./fifos.ts";

/**
 * What a process does with its standard streams.
 *
 * - `null`: nothing; what it prints is lost.
 * - `{ logUri }`: both outputs go where the shim is told: `file:///path`, `binary:///path?key=value` (reference 04 §10.2).
 * - streams: FIFOs to this client. With `terminal` there is no stderr of its own.
 */
export type IoOptions =
  | null
  | { readonly logUri: string }
  | { readonly stdin?: boolean | undefined; readonly terminal?: boolean | undefined };

/** The standard streams of a process, seen from outside. */
export interface ProcessIo extends AsyncDisposable {
  readonly paths: StdioPaths;
  readonly terminal: boolean;
  /** Writes into the process; `closeStdin` of the process lets it see the end. */
  readonly stdin?: Writable | undefined;
  readonly stdout?: Readable | undefined;
  readonly stderr?: Readable | undefined;
  /** To be called when the process has been started: from now on the end of its streams is seen. */
  started(): void;
  /** Ends `stdin`; resolves when the shim has all of it within reach. */
  endStdin(): Promise<void>;
  /**
   * Resolves when the outputs are at their end, or when nothing has come for `idleMs` although it is read: a child of the
   * process may keep them open.
   */
  drained(idleMs?: number): Promise<void>;
  /** Closes this side and leaves the FIFOs, for another client to attach to. */
  detach(): void;
}

const IDLE_MS = 2000;
const NO_PATHS: StdioPaths = { stdin: "", stdout: "", stderr: "" };

/** Makes the streams for a process that is to be created. They are gone when it is disposed. */
export async function openIo(directory: string, id: string, options: IoOptions): Promise<ProcessIo> {
  if (options === null) return silentIo(NO_PATHS);
  if ("logUri" in options) return silentIo({ stdin: "", stdout: options.logUri, stderr: options.logUri });
  const { stdin = false, terminal = false } = options;
  const fifos = await makeFifos(directory, id, { stdin, stderr: !terminal });
  return fifoIo(fifos.paths, terminal, { keep: true, remove: () => fifos.remove() });
}

/** Joins the streams of a process that runs; whoever had them before, has them no more. The FIFOs stay when it is disposed. */
export function attachIo(
  paths: StdioPaths,
  terminal: boolean,
  { stdin }: { readonly stdin: boolean },
): ProcessIo {
  const isFifo = (path: string): string => (path.startsWith("/") ? path : "");
  const joined = {
    stdin: stdin ? isFifo(paths.stdin) : "",
    stdout: isFifo(paths.stdout),
    stderr: terminal ? "" : isFifo(paths.stderr),
  };
  return fifoIo(joined, terminal, { keep: false, remove: () => Promise.resolve() });
}

const silentIo = (paths: StdioPaths): ProcessIo => ({
  paths,
  terminal: false,
  started: () => undefined,
  endStdin: () => Promise.resolve(),
  drained: () => Promise.resolve(),
  detach: () => undefined,
  [Symbol.asyncDispose]: () => Promise.resolve(),
});

function fifoIo(
  paths: StdioPaths,
  terminal: boolean,
  { keep, remove }: { readonly keep: boolean; readonly remove: () => Promise<void> },
): ProcessIo {
  const stdin = paths.stdin === "" ? undefined : writeFifo(paths.stdin, keep);
  const stdout = paths.stdout === "" ? undefined : readFifo(paths.stdout, keep);
  const stderr = paths.stderr === "" ? undefined : readFifo(paths.stderr, keep);
  const outputs = [stdout, stderr].filter((end) => end !== undefined);
  const detach = (): void => {
    stdin?.close();
    for (const end of outputs) {
      end.stream.destroy();
      end.release();
    }
  };
  return {
    paths,
    terminal,
    stdin: stdin?.stream,
    stdout: stdout?.stream,
    stderr: stderr?.stream,
    started: () => outputs.forEach((end) => end.release()),
    endStdin: async () => {
      await stdin?.end();
    },
    drained: async (idleMs = IDLE_MS) => {
      await Promise.all(outputs.map((end) => ended(end, idleMs)));
    },
    detach,
    async [Symbol.asyncDispose]() {
      detach();
      await remove();
    },
  };
}

/** Waits for the end of a stream, or until it has been silent while its reader wanted more. */
function ended({ stream }: OutputFifo, idleMs: number): Promise<void> {
  return new Promise((resolve) => {
    if (stream.readableEnded || stream.destroyed) return resolve();
    const look = (): void => {
      if (stream.isPaused() || stream.bytesRead !== seen) seen = stream.bytesRead;
      else done();
    };
    let seen = stream.bytesRead;
    const timer = setInterval(look, idleMs);
    const done = (): void => {
      clearInterval(timer);
      resolve();
    };
    stream.once("close", done).once("end", done);
  });
}
