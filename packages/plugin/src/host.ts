import type { Logger } from "./logger.ts";
import type { PluginList } from "./plugin-info.ts";

/** What all plugins of one set have in common. */
export interface Host {
  readonly root: string;
  readonly state: string;
  readonly log: Logger;
  readonly platform: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly initTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly plugins: PluginList;
}
