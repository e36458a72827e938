import { setTimeout as sleep } from "node:timers/promises";

/** Time and chance, which tests replace. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms` milliseconds. @throws the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** From 0 up to 1. */
  random(): number;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: Date.now,
  random: Math.random,
  async sleep(ms, signal) {
    try {
      await sleep(ms, undefined, signal && { signal });
    } catch (err) {
      signal?.throwIfAborted();
      throw err;
    }
  },
};
