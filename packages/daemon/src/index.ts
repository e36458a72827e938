/** createDaemon(): configuration, boot order, servers and signals; no plugin is named here. @packageDocumentation */
export { parseCommandLine, usage, type CommandLine } from "./command-line.ts";
export { dumpConfig, problemsOf } from "./config-command.ts";
export { ConfigFileError, defaultConfig, loadConfig, type LoadedConfig } from "./config/load.ts";
export { migrateConfig } from "./config/migrate.ts";
export {
  CONFIG_VERSION,
  type Config,
  type ProxyPluginConfig,
  type StreamProcessorConfig,
} from "./config/schema.ts";
export { createDaemon, type Daemon, type DaemonOptions } from "./daemon.ts";
export { DEFAULTS } from "./paths.ts";
export { runDaemon, type DaemonProgram } from "./run.ts";
