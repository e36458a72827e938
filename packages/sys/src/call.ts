// How the wrappers of this package call libc: arguments checked, failures thrown.
import { errno, type NativeFunction, type NativeValue } from "./ffi.ts";
import { systemError, type SystemErrorDetail } from "./system-error.ts";

/** A path or name for the kernel: text (sent as UTF-8), or the very bytes. */
export type PathLike = string | Uint8Array;

/** `value` as C takes it. @throws TypeError when it holds a NUL, behind which C would not look. */
export function cString(value: PathLike): string | Uint8Array {
  const bad = typeof value === "string" ? value.includes("\0") : value.includes(0);
  if (bad) {
    const error = new TypeError(
      `a path or name must not contain null bytes: ${JSON.stringify(printable(value))}`,
    );
    throw Object.assign(error, { code: "ERR_INVALID_ARG_VALUE" });
  }
  return typeof value === "string" ? value : Buffer.concat([value, Buffer.alloc(1)]);
}

/** `value` as an error shows it. */
export const printable = (value: PathLike): string =>
  typeof value === "string" ? value : Buffer.from(value).toString("utf8");

/** A wrapper's failure: the system call's name, and the paths to show. */
export interface Failure {
  readonly call: string;
  readonly path?: PathLike | null | undefined;
  readonly dest?: PathLike | null | undefined;
}

/** Calls `fn`; a negative result becomes a `SystemError`. Interrupted calls are made again. */
export function check(failure: Failure, fn: NativeFunction, ...values: NativeValue[]): number {
  for (;;) {
    const result = fn(...values);
    if (result >= 0) return result;
    const number = errno();
    if (number !== EINTR) throw systemError(number, failure.call, detailOf(failure));
  }
}

/** As `check`, on a thread of libuv's pool, for calls that may take long. */
export function checkAsync(failure: Failure, fn: NativeFunction, ...values: NativeValue[]): Promise<number> {
  return new Promise((resolve, reject) => {
    fn.async(...values, (error: unknown, result: number) => {
      void values; // held until now: the thread reads their memory
      const number = result < 0 ? errno() : 0;
      if (error) reject(error);
      else if (result < 0) reject(systemError(number, failure.call, detailOf(failure)));
      else resolve(result);
    });
  });
}

const EINTR = 4;

function detailOf({ path, dest }: Failure): SystemErrorDetail {
  return {
    path: path == null ? undefined : printable(path),
    dest: dest == null ? undefined : printable(dest),
  };
}
