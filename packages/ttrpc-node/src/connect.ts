import { createConnection, type Socket } from "node:net";
import { Connection } from "./connection.ts";

/** How long to try, and when to give up. */
export interface ConnectOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/**
 * Connects to a ttrpc server on a unix socket.
 *
 * @param address a path, `unix://` and a path, or the name of an abstract socket after a NUL.
 * @throws the socket's error (ENOENT, ECONNREFUSED …), or the reason why it was given up (`TimeoutError` after `timeoutMs`).
 */
export async function connect(
  address: string,
  { signal, timeoutMs }: ConnectOptions = {},
): Promise<Connection> {
  const signals = [signal, timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs)];
  const limit = AbortSignal.any(signals.filter((one) => one !== undefined));
  limit.throwIfAborted();
  const socket = createConnection({ path: address.replace(/^unix:\/\//, "") });
  const onAbort = (): unknown => socket.destroy(limit.reason as Error);
  limit.addEventListener("abort", onAbort);
  try {
    return new Connection(await connected(socket));
  } finally {
    limit.removeEventListener("abort", onAbort);
  }
}

function connected(socket: Socket): Promise<Socket> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}
