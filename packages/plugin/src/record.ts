import { performance } from "node:perf_hooks";
import { DeadlineExceededError, wireMessage } from "@davit/errdefs";
import { disown, isOwner, own, runFor } from "./attribution.ts";
import { closeInstance, within } from "./close.ts";
import { contextOf } from "./context.ts";
import { Effects } from "./effects.ts";
import { isSkipPlugin } from "./errors.ts";
import type { Host } from "./host.ts";
import type { PluginEntry, PluginInfo, PluginState } from "./plugin-info.ts";
import { Readiness } from "./readiness.ts";
import type { Registration } from "./registration.ts";

/** What a record is made of, beside its registration. */
export interface RecordFacts {
  readonly host: Host;
  readonly source: string;
  /** Validated. */
  readonly config: unknown;
  readonly configured: boolean;
}

/** One plugin of a set, from the start to the end of its life: `loading`, then `loaded`, `skipped` or `failed`, then `disposed`. */
export class PluginRecord implements PluginEntry {
  readonly registration: Registration;
  readonly exports: Record<string, string> = {};
  readonly capabilities: string[];
  readonly platforms: string[];
  readonly readiness: Readiness = new Readiness();
  readonly #facts: RecordFacts;
  readonly #effects = new Effects();
  readonly #abort = new AbortController();
  #state: PluginState = "loading";
  #error: unknown = undefined;
  #instance: unknown = undefined;
  #initMs: number | undefined = undefined;
  #inService = false;

  constructor(registration: Registration, facts: RecordFacts) {
    this.registration = registration;
    this.#facts = facts;
    this.capabilities = [...registration.capabilities];
    this.platforms = registration.platforms === "host" ? [facts.host.platform] : [...registration.platforms];
  }

  get type(): string {
    return this.registration.type;
  }
  get id(): string {
    return this.registration.id;
  }
  get uri(): string {
    return this.registration.uri;
  }
  get requires(): readonly string[] {
    return [...new Set(this.registration.requirements.map(({ type }) => type))];
  }
  get source(): string {
    return this.#facts.source;
  }
  get configured(): boolean {
    return this.#facts.configured;
  }
  get state(): PluginState {
    return this.#state;
  }
  get error(): unknown {
    return this.#error;
  }
  get initMs(): number | undefined {
    return this.#initMs;
  }
  get instance(): unknown {
    return this.#instance;
  }
  /** Whether others may use the instance: loaded, and not closed since. What failed after it was loaded still serves. */
  get inService(): boolean {
    return this.#inService;
  }

  /** The record as data. */
  info(): PluginInfo {
    const { type, id, uri, requires, source, configured, state, error, initMs } = this;
    const shown = {
      platforms: [...this.platforms],
      exports: { ...this.exports },
      capabilities: [...this.capabilities],
    };
    return { type, id, uri, requires, ...shown, state, error, initMs, configured, source };
  }

  /** Constructs and initialises the plugin; `give` looks up what it requires. Does not reject: the state tells. */
  async load(give: () => readonly unknown[]): Promise<void> {
    let began: number | undefined;
    try {
      this.#abort.signal.throwIfAborted();
      began = performance.now();
      this.#instance = await this.#init(give);
      own(this.#instance, this);
      this.#inService = true;
      this.#state = "loaded";
    } catch (error) {
      this.#state = isSkipPlugin(error) ? "skipped" : "failed";
      this.#error = error;
      this.#abort.abort(error);
    }
    if (began !== undefined) this.#initMs = performance.now() - began;
    if (this.#inService) return;
    const errors: unknown[] = [];
    await this.#undoEffects(errors);
    for (const error of errors) this.#warn(error, "failed to undo what a plugin did before it failed");
  }

  /** Fails a plugin that is not loaded yet, whether its `init` ends or not. */
  giveUp(reason: unknown): void {
    this.#abort.abort(reason);
  }

  /** Notes that the plugin's code threw when no one waited for it. The first error stays. */
  failLater(error: unknown): void {
    this.#warn(error, "plugin threw outside of any call");
    if (this.#state === "loading") this.giveUp(error);
    if (this.#state !== "loaded") return;
    this.#state = "failed";
    this.#error = error;
    this.readiness.end(error);
  }

  /** Closes the instance, then undoes the effects. What these throw is added to `errors`. */
  async close(errors: unknown[]): Promise<void> {
    if (!this.#inService) return;
    this.#inService = false;
    if (this.#state === "loaded") this.#state = "disposed";
    this.#abort.abort(new DOMException("the plugin is being closed", "AbortError"));
    this.readiness.end();
    const instance = this.#instance;
    this.#instance = undefined;
    if (isOwner(instance, this)) {
      await this.#step(errors, () => closeInstance(instance));
      disown(instance);
    }
    await this.#undoEffects(errors);
  }

  /** Settles with what `init` returns, or rejects when the plugin is given up; what `init` returns after that is closed. */
  async #init(give: () => readonly unknown[]): Promise<unknown> {
    const { signal } = this.#abort;
    const { host, config } = this.#facts;
    const { readiness } = this;
    const work = runFor(this, async () => {
      const plugin = this.registration.create(give());
      return plugin.init(
        contextOf({ record: this, host, config, signal, effects: this.#effects, readiness }),
      );
    });
    const gaveUp = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => gaveUp.reject(signal.reason), { once: true });
    const ms = host.initTimeoutMs;
    const deadline = (): void => this.giveUp(new DeadlineExceededError(`init has not ended within ${ms} ms`));
    const timer = setTimeout(deadline, ms);
    try {
      return await Promise.race([work, gaveUp.promise]);
    } catch (error) {
      void this.#discard(work, error);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Closes what a plugin that was given up returns too late. */
  async #discard(work: Promise<unknown>, failure: unknown): Promise<void> {
    const errors: unknown[] = [];
    try {
      const instance = await work;
      if (own(instance, this)) {
        await this.#step(errors, () => closeInstance(instance));
        disown(instance);
      }
    } catch (error) {
      if (error !== failure) errors.push(error);
    }
    for (const error of errors) this.#warn(error, "init failed after it was given up");
  }

  #undoEffects(errors: unknown[]): Promise<void> {
    return this.#effects.close((undo) => this.#step(errors, undo));
  }

  async #step(errors: unknown[], fn: () => Promise<void>): Promise<void> {
    try {
      await within(this.#facts.host.closeTimeoutMs, "closing", runFor(this, fn));
    } catch (cause) {
      errors.push(new Error(`failed to close ${this.uri}`, { cause }));
    }
  }

  #warn(error: unknown, message: string): void {
    this.#facts.host.log.warn({ error: wireMessage(error), id: this.uri, type: this.type }, message);
  }
}
