import { once } from "node:events";
import { wireMessage } from "@davit/errdefs";
import type { EventExchange } from "@davit/events";
import type { Logger } from "@davit/plugin";
import { isShimClosed, type Bundle, type Exit, type Shim } from "@davit/runtime";
import { now } from "@davit/time";
import { deleteBundle } from "./bundle.ts";
import { publishExit } from "./exit-events.ts";
import type { Timeouts } from "./settings.ts";
import type { ShimCommands } from "./shim-commands.ts";
import type { ShimList } from "./shim-list.ts";

/** What a burial needs. */
export interface BurialOptions {
  readonly commands: ShimCommands;
  readonly events: Pick<EventExchange, "publish">;
  readonly list: ShimList;
  readonly timeouts: Timeouts;
  readonly log: Logger;
}

/** What is told of a container whose shim died and whose exit nobody knows. */
const UNKNOWN_EXIT = { pid: 0, status: 255 } as const;

/** Ends shims, and cleans up after those that died. */
export class Burial {
  readonly #options: BurialOptions;

  constructor(options: BurialOptions) {
    this.#options = options;
  }

  /** Asks the shim to end, and waits until it has hung up; never rejects. One that serves other containers stays. */
  async shutdown(shim: Shim, closed: Promise<void>): Promise<void> {
    const { timeouts, list, log } = this.#options;
    const { id, namespace } = shim;
    const signal = AbortSignal.timeout(timeouts.shutdownMs);
    try {
      await shim.task.shutdown({ id }, { namespace, signal });
      if (!list.isShared(shim)) await Promise.race([closed, once(signal, "abort")]);
    } catch (error) {
      if (!isShimClosed(error)) log.warn({ id, namespace, error: wireMessage(error) }, "shutdown of shim");
    }
  }

  /** After the connection was lost: the `delete` command, events, the list (reference 04 §8). Never rejects. */
  async afterLoss(shim: Shim): Promise<void> {
    const { list, events, log } = this.#options;
    const { id, namespace } = shim;
    log.info({ id, namespace }, "shim disconnected");
    const exit = await this.bury(shim.bundle, shim.binary);
    const listed = list.has(shim);
    list.remove(shim); // before the events: who hears of them may create it again
    if (!listed) return;
    try {
      const told = exit ?? { ...UNKNOWN_EXIT, exitedAt: now() };
      await publishExit(events, { namespace, id, exit: told, deleted: true });
    } catch (error) {
      log.error({ id, namespace, error: wireMessage(error) }, "publish exit of a dead shim");
    }
  }

  /**
   * Runs the `delete` command and removes the bundle; when the command fails the bundle stays, for the container may still run,
   * and the next start tries again. Undefined then. Never rejects.
   */
  async bury(bundle: Bundle, binary: string): Promise<Exit | undefined> {
    const { commands, timeouts, log } = this.#options;
    const { id, namespace } = bundle;
    try {
      if (binary === "") throw new Error("the binary of the shim is not known");
      const exit = await commands.delete(binary, bundle, AbortSignal.timeout(timeouts.cleanupMs));
      await deleteBundle(bundle);
      return exit;
    } catch (error) {
      log.warn({ id, namespace, error: wireMessage(error) }, "failed to clean up after dead shim");
      return undefined;
    }
  }
}
