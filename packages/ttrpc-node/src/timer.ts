/** What setTimeout can wait, in milliseconds: some 24 days. A longer time is as good as none. */
const TIMER_MAX = 2 ** 31 - 1;

/** Calls `then` after `timeoutMs`, and returns how to prevent it. */
export function startTimer(timeoutMs: number, then: () => void): () => void {
  if (!(timeoutMs <= TIMER_MAX)) return () => {};
  const timer = setTimeout(then, timeoutMs);
  return () => clearTimeout(timer);
}
