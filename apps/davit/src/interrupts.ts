import { constants } from "node:os";

/** Signals that end davit, or that it passes on to the process it runs. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;
type Interrupt = (typeof SIGNALS)[number];

/** A signal ended the command. */
export class InterruptedError extends Error {
  /** As shells count: 128 and the signal's number. */
  readonly exitCode: number;

  constructor(signal: Interrupt) {
    super(`interrupted by ${signal}`);
    this.name = "InterruptedError";
    this.exitCode = 128 + constants.signals[signal];
  }
}

/** Signals that came to this process: they abort what is under way, unless somebody takes them. */
class Interrupts {
  readonly #aborter = new AbortController();
  #taker: ((signal: Interrupt) => void) | undefined;

  /** Aborted by the first signal that nobody takes. */
  get signal(): AbortSignal {
    return this.#aborter.signal;
  }

  /** Whether somebody takes the signals. */
  get taken(): boolean {
    return this.#taker !== undefined;
  }

  /** Begins to listen, in place of the signals' usual effect. */
  listen(): void {
    for (const signal of SIGNALS) process.on(signal, () => this.#on(signal));
  }

  /** From now on `taker` gets the signals; returns what gives them back. */
  take(taker: (signal: Interrupt) => void): () => void {
    this.#taker = taker;
    return () => (this.#taker = undefined);
  }

  #on(signal: Interrupt): void {
    if (this.#taker) this.#taker(signal);
    // Asked twice: whatever is being cleaned up takes too long.
    else if (this.signal.aborted) process.exit(128 + constants.signals[signal]);
    else this.#aborter.abort(new InterruptedError(signal));
  }
}

/** Those of this process. */
export const interrupts: Interrupts = new Interrupts();
