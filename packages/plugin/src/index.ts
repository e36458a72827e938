/**
 * The kernel of Davit: typed plugin tokens, a dependency graph, ordered start and reverse disposal. It knows nothing of containers.
 * @packageDocumentation
 */
export { pluginOf, runAs, unhandled } from "./attribution.ts";
export {
  ConfigError,
  type CheckedConfig,
  type ConfigIssue,
  type ConfigTables,
  type UnknownKey,
} from "./config.ts";
export {
  plugin,
  requires,
  requiresAll,
  requiresOne,
  requiresOptional,
  type Injects,
  type PluginClass,
} from "./decorators.ts";
export {
  definePlugin,
  type DefinePluginOptions,
  type Dependencies,
  type Requirables,
} from "./define-plugin.ts";
export { isSkipPlugin, PluginError, reasonOf, SkipPluginError, type PluginErrorReason } from "./errors.ts";
export type { ListedPlugin, Listing, PluginLoader, SourcedPlugin } from "./listing.ts";
export { nearest } from "./nearest.ts";
export { silent, type Logger, type LogLine } from "./logger.ts";
export type { Cleanup, InitContext, Plugin } from "./plugin.ts";
export type { PluginEntry, PluginInfo, PluginList, PluginState } from "./plugin-info.ts";
export type { PluginSet } from "./plugin-set.ts";
export { EveryPlugin, pluginRef, pluginType, uriOf, type PluginRef, type PluginType } from "./plugin-type.ts";
export {
  registrationOf,
  type DefinedPlugin,
  type PluginDefinition,
  type PluginOptions,
  type Registration,
} from "./registration.ts";
export {
  all,
  one,
  optional,
  type Given,
  type Requirable,
  type Requirement,
  type RequirementKind,
} from "./requirement.ts";
export { checkConfig, startPlugins, type StartOptions } from "./start.ts";
