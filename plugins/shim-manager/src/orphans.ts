import { createHash } from "node:crypto";
import { join } from "node:path";
import { Task as TaskV2 } from "@davit/api/runtime/task-v2";
import { Task as TaskV3 } from "@davit/api/runtime/task-v3";
import { isNotImplemented, wireMessage } from "@davit/errdefs";
import type { Logger } from "@davit/plugin";
import { isShimClosed, type Bundle } from "@davit/runtime";
import type { DaemonFacts } from "./settings.ts";
import type { ShimList } from "./shim-list.ts";
import { connectTtrpc } from "./ttrpc-transport.ts";
import type { Transport } from "./transport.ts";

/** What it takes to find shims that nobody has noted. */
export interface OrphansOptions {
  readonly daemon: Pick<DaemonFacts, "grpcAddress">;
  readonly socketDir: string;
  readonly list: Pick<ShimList, "connected">;
  readonly timeoutMs: number;
  readonly log: Logger;
}

/**
 * Shims whose start was cut short, by the end of the daemon or by a caller who gave up: they run and serve, and nobody has their
 * address. Those made with containerd's library can be found all the same, for their socket follows from what they were told
 * (reference 04 §3.3). containerd leaves them.
 */
export class Orphans {
  readonly #options: OrphansOptions;

  constructor(options: OrphansOptions) {
    this.#options = options;
  }

  /** Ends the shim of a bundle, if there is one that serves no container. Never rejects. */
  async end({ id, namespace }: Pick<Bundle, "id" | "namespace">): Promise<void> {
    const { list, log, timeoutMs } = this.#options;
    const path = this.socketOf(namespace, id);
    if (list.connected().some(({ endpoint }) => endpoint.address === `unix://${path}`)) return;
    const signal = AbortSignal.timeout(timeoutMs);
    let transport: Transport;
    try {
      transport = await connectTtrpc(path, { timeoutMs, signal });
    } catch {
      return; // nobody serves there
    }
    try {
      await shutdown(transport, id, { namespace, signal });
      log.info({ id, namespace }, "ended a shim whose start was cut short");
    } catch (error) {
      if (!isShimClosed(error)) log.warn({ id, namespace, error: wireMessage(error) }, "shutdown of orphan");
    } finally {
      transport.close();
    }
  }

  /** Where a shim of containerd's library listens. */
  socketOf(namespace: string, id: string): string {
    const { daemon, socketDir } = this.#options;
    const told = join(daemon.grpcAddress, namespace, id);
    return join(socketDir, createHash("sha256").update(told).digest("hex"));
  }
}

/** A shim that serves containers answers, and stays. */
async function shutdown(
  transport: Transport,
  id: string,
  options: { readonly namespace: string; readonly signal: AbortSignal },
): Promise<void> {
  try {
    await transport.client(TaskV3).shutdown({ id }, options);
  } catch (error) {
    if (!isNotImplemented(error)) throw error;
    await transport.client(TaskV2).shutdown({ id }, options);
  }
}
