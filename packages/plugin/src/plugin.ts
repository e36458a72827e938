import type { Logger } from "./logger.ts";
import type { PluginList } from "./plugin-info.ts";

/** Undoes an effect: a function, or something with a disposer. May be asynchronous. */
export type Cleanup = (() => unknown) | AsyncDisposable | Disposable;

/** A plugin: its constructor keeps what is injected, `init` does what may wait or fail. */
export interface Plugin<T, C = unknown> {
  /**
   * Returns the instance that others receive. The kernel calls it once, and closes the instance by `[Symbol.asyncDispose]`,
   * `[Symbol.dispose]` or `close()`, whichever it finds first. An instance that came from another plugin is closed with that one.
   * @throws SkipPluginError when the plugin cannot or need not run here; any other error fails this plugin alone.
   */
  init(ctx: InitContext<C>): T | Promise<T>;
}

/** What the kernel hands to `init`. `C` is the type of the validated configuration. */
export interface InitContext<C = unknown> {
  /** Which plugin this is. */
  readonly meta: {
    readonly type: string;
    readonly id: string;
    readonly uri: string;
    readonly source: string;
  };
  /** `<root>/<uri>`: the directory for what must survive a reboot. Not created: a plugin makes its own. */
  readonly root: string;
  /** `<state>/<uri>`: the directory for what need not. Not created either. */
  readonly state: string;
  /** The configuration, validated and with defaults; undefined where the plugin declares no schema. */
  readonly config: C;
  /** Aborted when the deadline of `init` has passed, when the start is given up, and when the plugin is about to be closed. */
  readonly signal: AbortSignal;
  /** A log whose lines carry the URI as `plugin`. */
  readonly log: Logger;
  /** The platform of this machine, in the words of the host program. */
  readonly platform: string;
  /** What introspection shows. To be filled during `init`; kept when the plugin is skipped or fails. */
  readonly exports: Record<string, string>;
  /** Begins with what the registration says; may be changed during `init`. */
  readonly capabilities: string[];
  /** Begins with what the registration says; may be changed during `init`. */
  readonly platforms: string[];
  /** What the host program tells all plugins, such as the addresses it serves. */
  readonly properties: Readonly<Record<string, string>>;
  /** All plugins with states and errors, in load order: for introspection, not to look up what was not required. */
  readonly plugins: PluginList;
  /**
   * Says that the plugin becomes ready later than it is initialised; the host program waits until the function returned is called.
   * A plugin that has called this must not fail any more: it would stop the start.
   */
  readonly readiness: () => () => void;
  /**
   * Runs `fn` now, and undoes it when the plugin is closed or its `init` fails: the last effect first, after the instance.
   * Returns a function that undoes it earlier, once. Throws, without running `fn`, when the plugin has been given up.
   */
  readonly effect: (fn: () => Cleanup | undefined | void) => () => Promise<void>;
}
