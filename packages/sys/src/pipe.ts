import { check } from "./call.ts";
import { native } from "./ffi.ts";

/** A pipe; both ends are close-on-exec, and the caller closes them. */
export interface Pipe {
  readonly read: number;
  readonly write: number;
}

const F_DUPFD_CLOEXEC = 1030;
const O_CLOEXEC = 0o2000000;

const pipeNative = native("pipe2", "int", ["void *", "int"]);
const fcntlNative = native("fcntl", "int", ["int", "int", "long"]);

/** Makes a real pipe: Node's own stdio pipes are sockets, which `/proc/self/fd/1` cannot reopen. @throws SystemError (EMFILE) */
export function pipe(): Pipe {
  const fds = Buffer.alloc(8);
  check({ call: "pipe2" }, pipeNative, fds, O_CLOEXEC);
  return { read: fds.readInt32LE(0), write: fds.readInt32LE(4) };
}

/** Duplicates a descriptor, close-on-exec, to the lowest free number from `atLeast` on. @throws SystemError (EBADF, EMFILE) */
export function duplicate(fd: number, atLeast = 3): number {
  return check({ call: "fcntl" }, fcntlNative, fd, F_DUPFD_CLOEXEC, atLeast);
}
