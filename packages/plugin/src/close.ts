import { DeadlineExceededError } from "@davit/errdefs";
import type { Cleanup } from "./plugin.ts";

/** Closes an instance by `[Symbol.asyncDispose]`, `[Symbol.dispose]` or `close()`; what has none of them needs no closing. */
export async function closeInstance(instance: unknown): Promise<void> {
  if ((typeof instance !== "object" && typeof instance !== "function") || instance === null) return;
  const closable = instance as Partial<AsyncDisposable & Disposable & { close: unknown }>;
  if (typeof closable[Symbol.asyncDispose] === "function") await closable[Symbol.asyncDispose]?.();
  else if (typeof closable[Symbol.dispose] === "function") closable[Symbol.dispose]?.();
  else if (typeof closable.close === "function") await closable.close();
}

/** Undoes an effect. */
export async function cleanUp(cleanup: Cleanup): Promise<void> {
  if (typeof cleanup === "function") await cleanup();
  else await closeInstance(cleanup);
}

/** Settles as `work` does, or rejects with a DeadlineExceededError that names `what` when it has not after `ms`. */
export async function within<R>(ms: number, what: string, work: Promise<R>): Promise<R> {
  const late = Promise.withResolvers<never>();
  // Keeps the process alive: a hanging step must be reported, not end it.
  const timer = setTimeout(
    () => late.reject(new DeadlineExceededError(`${what} has not ended within ${ms} ms`)),
    ms,
  );
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
