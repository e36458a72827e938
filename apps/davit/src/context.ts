import { connect as connectSocket } from "node:net";
import type { Client } from "@davit/client";
import { interrupts } from "./interrupts.ts";

/** What every command is told beside its own arguments. */
export interface GlobalOptions {
  readonly namespace?: string | undefined;
  readonly address?: string | undefined;
  readonly format?: "table" | "json" | undefined;
  readonly quiet?: boolean | undefined;
}

/** The variables that containerd's tools read, too. */
const environment = process.env as Readonly<Record<string, string | undefined>>;

/** Where davitd listens unless it is told otherwise. */
export const DEFAULT_ADDRESS = "/run/davit/davit.sock";

export const addressOf = ({ address }: GlobalOptions): string =>
  address || environment["CONTAINERD_ADDRESS"] || DEFAULT_ADDRESS;

export const namespaceOf = ({ namespace }: GlobalOptions): string =>
  namespace || environment["CONTAINERD_NAMESPACE"] || "default";

/**
 * Runs `fn` with a client of the daemon.
 * @throws Error that names the socket and says what to do when nobody answers there.
 */
export async function withClient<T>(
  options: GlobalOptions,
  fn: (client: Client, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const address = addressOf(options);
  await checkSocket(address);
  const { connect } = await import("@davit/client");
  const fifoDir = environment["DAVIT_FIFO_DIR"];
  using client = connect({ address, namespace: namespaceOf(options), ...(fifoDir && { fifoDir }) });
  return await fn(client, interrupts.signal);
}

/** Tries the socket: gRPC would wait and say less. */
async function checkSocket(address: string): Promise<void> {
  const path = address.replace(/^unix:(\/\/)?(?=\/)/, "");
  if (!path.startsWith("/")) return;
  const code = await new Promise<string | undefined>((resolve) => {
    const socket = connectSocket(path);
    socket
      .once("connect", () => resolve(undefined))
      .once("error", (err: NodeJS.ErrnoException) => resolve(err.code ?? ""));
    socket.once("connect", () => socket.destroy());
  });
  if (code !== undefined) throw new Error(socketSentence(path, code));
}

function socketSentence(path: string, code: string): string {
  const other = "or name another socket with --address";
  const command = path === DEFAULT_ADDRESS ? "davitd" : `davitd --address ${path}`;
  switch (code) {
    case "ENOENT":
      return `no socket at ${path}: start the daemon with \`${command}\` (as root), ${other}`;
    case "ECONNREFUSED":
      return `nobody listens at ${path}: the daemon has ended; start it with \`${command}\` (as root), ${other}`;
    case "EACCES":
      return `may not open ${path}: run davit as root, ${other}`;
    default:
      return `cannot connect to ${path}: ${code}`;
  }
}
