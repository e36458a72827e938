/** The shim manager: `io.containerd.shim.v1.manager`. @packageDocumentation */
export { LocalShimManager, type ShimManagerOptions } from "./manager.ts";
export { LogSink } from "./log-fifo.ts";
export { ShimManagerPlugin, type ShimManagerConfig } from "./plugin.ts";
export {
  DEFAULT_TIMEOUTS,
  PROPERTIES,
  type DaemonFacts,
  type LogLevelName,
  type Timeouts,
} from "./settings.ts";
