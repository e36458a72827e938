/** Deprecation warnings: io.containerd.warning.v1.deprecations. @packageDocumentation */
export { Deprecations } from "./deprecations.ts";
export { DEPRECATION_PREFIX, deprecationIds } from "./messages.ts";
export { WarningDeprecationsPlugin } from "./plugin.ts";
