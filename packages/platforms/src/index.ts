/** OCI platforms: parse, normalise, format and match. @packageDocumentation */
export { formatPlatform, formatPlatformFully } from "./format.ts";
export { armVariant, hostPlatform, type ArmCpu } from "./host.ts";
export { all, any, only, onlyStrict, ordered, type PlatformMatcher } from "./matcher.ts";
export { parsePlatform } from "./parse.ts";
export { compatiblePlatforms } from "./preference.ts";
export { normalizePlatform, type Platform } from "./platform.ts";
