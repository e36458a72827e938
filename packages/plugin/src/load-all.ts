import { wireMessage } from "@davit/errdefs";
import { failed } from "./describe.ts";
import type { Logger } from "./logger.ts";
import { lookUp } from "./look-up.ts";
import type { PluginRecord } from "./record.ts";

/** What decides about the start of a set. */
export interface LoadOptions {
  /** By URI, in load order. */
  readonly records: ReadonlyMap<string, PluginRecord>;
  /** The URIs of those that a plugin waits for. */
  readonly after: ReadonlyMap<string, readonly string[]>;
  /** The URIs of those without which there is no start. */
  readonly required: ReadonlySet<string>;
  readonly log: Logger;
  readonly signal: AbortSignal | undefined;
}

/**
 * Initialises each plugin as soon as those that it waits for have ended.
 * @throws Error when one fails that must not, and with the reason of `signal`; no `init` is awaited any more then.
 */
export async function loadAll(options: LoadOptions): Promise<void> {
  const { records, after, signal } = options;
  const stop = Promise.withResolvers<never>();
  let stopped = false;
  const load = async (record: PluginRecord, earlier: readonly unknown[]): Promise<void> => {
    await Promise.all(earlier);
    if (!stopped) options.log.info({ id: record.uri, type: record.type }, "loading plugin");
    await record.load(() => record.registration.requirements.map((each) => lookUp(each, records)));
    if (!stopped) judge(record, options);
  };
  const abort = (): void => stop.reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  const loads = new Map<string, Promise<void>>();
  for (const [uri, record] of records) {
    const earlier = (after.get(uri) ?? []).map((each) => loads.get(each));
    loads.set(uri, load(record, earlier).catch(stop.reject));
  }
  try {
    await Promise.race([Promise.all(loads.values()), stop.promise]);
  } catch (error) {
    stopped = true;
    for (const record of records.values()) record.giveUp(error);
    await Promise.all(loads.values());
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/** Logs what became of a plugin, in containerd's words, and throws when the start cannot do without it. */
function judge({ uri, type, state, error, readiness }: PluginRecord, { required, log }: LoadOptions): void {
  if (state === "loaded") return;
  const fields = { error: wireMessage(error), id: uri, type };
  if (state === "skipped") log.info(fields, "skip loading plugin");
  else log.warn(fields, "failed to load plugin");
  if (required.has(uri)) throw failed(`load required plugin ${uri}`, error);
  if (readiness.registered) throw failed(`plugin failed after registering readiness ${uri}`, error);
}
