import { spawnSync } from "node:child_process";
import type { ReadStream } from "node:tty";
import type { Process, Stdio } from "@davit/client";
import type { Process as ProcessSpec } from "@davit/oci";
import { interrupts } from "./interrupts.ts";

/** How a process is started. */
export interface ProcessArguments {
  readonly tty?: boolean;
  readonly interactive?: boolean;
  readonly env?: readonly string[];
  readonly user?: string;
  readonly workdir?: string;
}

/** So often a signal is passed on; then the process, which does not mind, is killed. */
const PATIENCE = 3;

/** The streams of this process, as far as they are asked for. */
export const ownStdio = ({ tty = false, interactive = false }: ProcessArguments): Stdio => ({
  ...(interactive && { stdin: process.stdin }),
  stdout: process.stdout,
  ...(!tty && { stderr: process.stderr }),
  terminal: tty,
});

/** The size of our terminal, for a spec; nothing where there is none. */
export function ownConsoleSize(): Pick<ProcessSpec, "consoleSize"> {
  const { isTTY, columns, rows } = process.stdout;
  return isTTY && columns > 0 ? { consoleSize: { width: columns, height: rows } } : {};
}

/** A process in the foreground: it gets the signals, and of a terminal the keys as they are typed, and its size. */
export interface Foreground extends Disposable {
  /** To be called before the process is started: signals are kept for it. */
  starting(process: Process): void;
  /** To be called when it runs. */
  started(process: Process): void;
}

/** Hands this process's signals and terminal to another, until disposed. */
export function takeOver({ stdin, terminal = false }: Stdio): Foreground {
  const { stdin: keys, stdout: screen } = process;
  const raw = terminal && stdin === keys && keys.isTTY;
  using stack = new DisposableStack();
  if (raw) {
    makeRaw(keys);
    stack.defer(() => void keys.setRawMode(false));
  }
  const owned = stack.move();
  let signals: Signals | undefined;
  return {
    starting(inner) {
      signals = new Signals(inner);
      owned.defer(interrupts.take((signal) => signals?.take(signal)));
    },
    started(inner) {
      signals?.release();
      if (!terminal || !screen.isTTY) return;
      const resize = (): void => void inner.resize(screen.columns, screen.rows).catch(() => undefined);
      resize();
      screen.on("resize", resize);
      owned.defer(() => void screen.off("resize", resize));
    },
    [Symbol.dispose]() {
      owned.dispose();
      // Else what is typed next would be waited for.
      if (stdin === keys) keys.destroy();
    },
  };
}

/**
 * Keys come as they are typed, output goes as it comes. Node leaves the terminal to turn a line feed into two characters, which
 * the container's own terminal has done; `setRawMode(false)` undoes both.
 */
function makeRaw(keys: ReadStream): void {
  keys.setRawMode(true);
  spawnSync("stty", ["-opost"], { stdio: ["inherit", "ignore", "ignore"] });
}

/** Signals for a process: kept until it runs, then passed on. */
class Signals {
  readonly #process: Process;
  #waiting: NodeJS.Signals[] | undefined = [];
  #asked = 0;

  constructor(inner: Process) {
    this.#process = inner;
  }

  take(signal: NodeJS.Signals): void {
    if (this.#waiting) this.#waiting.push(signal);
    else this.#send(signal);
  }

  release(): void {
    for (const signal of this.#waiting ?? []) this.#send(signal);
    this.#waiting = undefined;
  }

  /** The first process of a container ignores what it does not handle: who insists has it killed. */
  #send(signal: NodeJS.Signals): void {
    const insisting = (signal === "SIGINT" || signal === "SIGTERM") && ++this.#asked >= PATIENCE;
    void this.#process.kill(insisting ? "SIGKILL" : signal).catch(() => undefined);
  }
}
