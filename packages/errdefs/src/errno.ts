/** Whether `err` is an operating-system error with one of the given names, such as `ENOENT`. Causes are not searched. */
export function isErrno(err: unknown, ...codes: readonly string[]): boolean {
  const code = errnoOf(err);
  return code !== undefined && codes.includes(code);
}

/** The name of the operating-system error, such as `EEXIST`, or undefined. */
export function errnoOf(err: unknown): string | undefined {
  if (!(err instanceof Error)) return undefined;
  const { code } = err as NodeJS.ErrnoException;
  // Node's own codes (ERR_INVALID_ARG_TYPE, ABORT_ERR) are no errno.
  return typeof code === "string" && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}
