import { once } from "node:events";
import { wireMessage } from "@davit/errdefs";
import type { EventExchange } from "@davit/events";
import type { Logger } from "@davit/plugin";
import { isShimClosed, type Bundle, type Exit, type Shim } from "@davit/runtime";
import { now, ZERO_TIME } from "@davit/time";
import { deleteBundle } from "./bundle.ts";
import { DELETE_TOPIC, EXIT_TOPIC, publishDelete, publishExit } from "./exit-events.ts";
import type { EndTopic, EndWatch } from "./end-watch.ts";
import type { Timeouts } from "./settings.ts";
import type { ShimCommands } from "./shim-commands.ts";
import type { ShimList } from "./shim-list.ts";

/** What a burial needs. */
export interface BurialOptions {
  readonly commands: ShimCommands;
  readonly events: Pick<EventExchange, "publish">;
  readonly list: ShimList;
  readonly ends: EndWatch;
  readonly timeouts: Timeouts;
  readonly log: Logger;
}

/** What is told of a container whose shim died and whose exit nobody knows. */
const UNKNOWN_EXIT = { pid: 0, status: 255 } as const;

/** How long a shim may take to tell of an end that it has answered to. */
const TELL_MS = 500;

/** Ends shims, and cleans up after those that died. */
export class Burial {
  readonly #options: BurialOptions;

  constructor(options: BurialOptions) {
    this.#options = options;
  }

  /**
   * Waits until the shim has told the exit and the deletion it answered: those of containerd tell a fast exit after they answered
   * Delete, and one that is shut down before never does.
   */
  awaitEnd(shim: Shim, exit: Exit): Promise<void> {
    return this.#options.ends.wait(shim, topicsOf(exit), TELL_MS);
  }

  /** Publishes what a shim that is gone has not told. */
  async tellEnd(shim: Shim, exit: Exit): Promise<void> {
    const { ends, events, log } = this.#options;
    const lost = { namespace: shim.namespace, id: shim.id, exit };
    const missing = topicsOf(exit).filter((topic) => !ends.has(shim, topic));
    try {
      if (missing.includes(EXIT_TOPIC)) await publishExit(events, lost);
      if (missing.includes(DELETE_TOPIC)) await publishDelete(events, lost);
    } catch (error) {
      log.warn({ id: shim.id, namespace: shim.namespace, error: wireMessage(error) }, "publish end of task");
    }
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
      const lost = { namespace, id, exit: exit ?? { ...UNKNOWN_EXIT, exitedAt: now() } };
      await publishExit(events, lost);
      await publishDelete(events, lost);
    } catch (error) {
      log.error({ id, namespace, error: wireMessage(error) }, "publish exit of a dead shim");
    }
  }

  /**
   * Runs the `delete` command and removes the bundle; when the command fails the bundle stays, for the container may still run,
   * and the next start tries again. Undefined then. What the command told counts also where the bundle cannot be removed. Never
   * rejects.
   */
  async bury(bundle: Bundle, binary: string): Promise<Exit | undefined> {
    const { commands, timeouts, log } = this.#options;
    const { id, namespace } = bundle;
    let exit: Exit | undefined;
    try {
      if (binary === "") throw new Error("the binary of the shim is not known");
      exit = await commands.delete(binary, bundle, AbortSignal.timeout(timeouts.cleanupMs));
      await deleteBundle(bundle);
    } catch (error) {
      log.warn({ id, namespace, error: wireMessage(error) }, "failed to clean up after dead shim");
    }
    return exit;
  }
}

/** What is to be told of a container; one that was never started has no exit. */
const topicsOf = ({ exitedAt }: Exit): readonly EndTopic[] =>
  exitedAt === ZERO_TIME || exitedAt === 0n ? [DELETE_TOPIC] : [EXIT_TOPIC, DELETE_TOPIC];
