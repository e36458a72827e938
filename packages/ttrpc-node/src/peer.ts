import type { Socket } from "node:net";

/** Who is at the other end of a unix socket (SO_PEERCRED). */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** Whether the peer has this process's effective user and group: whom containerd's servers accept. */
export function sameUser({ uid, gid }: PeerCredentials): boolean {
  return uid === process.geteuid?.() && gid === process.getegid?.();
}

/** How a server decides whom it serves. Node has no call for peer credentials, so the caller brings one. */
export interface PeerOptions {
  /** Reads the credentials of a connected socket. When it throws, the connection is closed. Default: none are read. */
  readonly peerCredentials?: (socket: Socket) => PeerCredentials;
  /**
   * Whether to serve the peer; if not, the connection is closed without an answer. Default: `sameUser` where
   * credentials are read, everybody where not.
   */
  readonly authorize?: (socket: Socket, peer: PeerCredentials | undefined) => boolean | Promise<boolean>;
}

/** The peer's credentials if it may be served. @throws Error when it may not. */
export async function admit(socket: Socket, options: PeerOptions): Promise<PeerCredentials | undefined> {
  const peer = options.peerCredentials?.(socket);
  const admitted = options.authorize ? await options.authorize(socket, peer) : !peer || sameUser(peer);
  if (!admitted) throw new Error("the peer may not use this server");
  return peer;
}
