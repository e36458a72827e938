import type { Server, Socket } from "node:net";
import { check } from "./call.ts";
import { native } from "./ffi.ts";
import { UCRED } from "./layouts.ts";

/** Who is at the other end of a unix socket, as of connect(2) or socketpair(2). */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;

const getsockoptNative = native("getsockopt", "int", ["int", "int", "int", "void *", "void *"]);

/**
 * The credentials of a unix socket's peer (SO_PEERCRED). The pid is 0 when the peer lives in a pid namespace that
 * is not visible from here.
 *
 * @throws SystemError (ENOTSOCK, EBADF), or an Error when the socket is closed.
 */
export function peerCredentials(socket: Socket | number): PeerCredentials {
  const ucred = Buffer.alloc(UCRED.sizeBytes);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(ucred.length);
  const fd = typeof socket === "number" ? socket : fdOf(socket);
  check({ call: "getsockopt" }, getsockoptNative, fd, SOL_SOCKET, SO_PEERCRED, ucred, length);
  return {
    pid: ucred.readInt32LE(UCRED.pid),
    uid: ucred.readUInt32LE(UCRED.uid),
    gid: ucred.readUInt32LE(UCRED.gid),
  };
}

/**
 * The descriptor of an open socket or listening server, which stays its owner.
 * `_handle.fd` is not public API of Node, though old and stable: this is the one place that uses it.
 *
 * @throws Error when it is not open.
 */
export function fdOf(socket: Socket | Server): number {
  const { _handle: handle } = socket as unknown as { _handle: { fd?: number } | null | undefined };
  const fd = handle?.fd;
  if (fd === undefined || fd < 0) throw new Error("the socket is not open");
  return fd;
}
