import { constants } from "node:os";
import { getSystemErrorMap } from "node:util";

/** What an error of a system call says beyond its number. */
export interface SystemErrorDetail {
  readonly path?: string | undefined;
  readonly dest?: string | undefined;
}

/** An error of the operating system, with the fields of Node's own: `errno` is negative, `code` its name. */
export interface SystemError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
  readonly path?: string;
  readonly dest?: string;
}

// libuv names most errors; these are Linux's own, which mounts, quotas and keys answer with.
const LINUX: Readonly<Record<number, readonly [code: string, text: string]>> = {
  15: ["ENOTBLK", "block device required"],
  117: ["EUCLEAN", "structure needs cleaning"],
  122: ["EDQUOT", "disk quota exceeded"],
  123: ["ENOMEDIUM", "no medium found"],
  126: ["ENOKEY", "required key not available"],
  127: ["EKEYEXPIRED", "key has expired"],
  129: ["EKEYREJECTED", "key was rejected by service"],
};

/**
 * Makes the error of a failed system call.
 *
 * @param number errno, positive as in C.
 * @param call the name of the system call, such as `mount`.
 */
export function systemError(number: number, call: string, detail: SystemErrorDetail = {}): SystemError {
  const [code, text] = describe(number);
  const { path, dest } = detail;
  const where = (path === undefined ? "" : ` '${path}'`) + (dest === undefined ? "" : ` -> '${dest}'`);
  const error = new Error(`${code}: ${text}, ${call}${where}`);
  const fields = {
    code,
    errno: -number,
    syscall: call,
    ...(path !== undefined && { path }),
    ...(dest !== undefined && { dest }),
  };
  return Object.assign(error, fields);
}

/** Tells whether `error` is one of the operating system, and (when given) whether its code is one of `codes`. */
export function isSystemError(error: unknown, ...codes: readonly string[]): error is SystemError {
  if (!(error instanceof Error) || !("errno" in error) || !("code" in error)) return false;
  return codes.length === 0 || codes.includes(error.code as string);
}

function describe(number: number): readonly [code: string, text: string] {
  const known = getSystemErrorMap().get(-number) ?? LINUX[number];
  if (known) return known;
  const code = Object.entries(constants.errno).find(([, value]) => value === number)?.[0];
  return [code ?? `E${number}`, code ? code.slice(1).toLowerCase() : `unknown error ${number}`];
}
