import { pluginType, type PluginType } from "@davit/plugin";

export const WarningPlugin: PluginType<WarningStore> = pluginType<WarningStore>("io.containerd.warning.v1");

/** A use of something deprecated. */
export interface Warning {
  /** `io.containerd.deprecation/<name>`. */
  readonly id: string;
  readonly message: string;
  /** Nanoseconds since 1970. */
  readonly lastOccurrence: bigint;
}

/** Keeps the deprecation warnings of this run of the daemon (reference 00 §1.6, 08 §14). */
export interface WarningStore {
  /** Notes that a deprecated thing is in use. @throws InvalidArgumentError for an id that is not known. */
  emit(id: string): void;
  warnings(): readonly Warning[];
}
