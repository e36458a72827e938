import { InternalError } from "@davit/errdefs";

/** The longest delay of a timer; a longer one would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

const UNIT_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/**
 * Milliseconds of a `grpc-timeout` header, rounded up.
 * @throws InternalError when it is malformed, as in grpc-go.
 */
export function parseTimeout(text: string): number {
  const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(text) ?? [];
  if (digits === undefined || unit === undefined)
    throw new InternalError(`malformed grpc-timeout: ${JSON.stringify(text)}`, { bare: true });
  return Math.ceil(Number(digits) * (UNIT_MS[unit] as number));
}

/** Calls `fire` once after `delayMs`, however long that is. Returns what stops it. Does not keep the process alive. */
export function startTimer(delayMs: number, fire: () => void): () => void {
  let timer: NodeJS.Timeout;
  const arm = (leftMs: number): void => {
    const delay = Math.min(leftMs, MAX_DELAY_MS);
    timer = setTimeout(() => (leftMs > delay ? arm(leftMs - delay) : fire()), delay).unref();
  };
  arm(delayMs);
  return () => {
    clearTimeout(timer);
  };
}
