import type { Platform } from "./platform.ts";

/** `os/architecture[/variant]`; `unknown` without an os. */
export const formatPlatform = (platform: Platform): string => join(platform, platform.os);

/** As `formatPlatform`, with version and features after the os: `windows(10.0.17763+win32k)/amd64`. */
export function formatPlatformFully(platform: Platform): string {
  const { osVersion = "", osFeatures = [] } = platform;
  const features = [...new Set(osFeatures)].filter((feature) => feature !== "").sort();
  const options = [osVersion, ...features].map(encodeOption).join("+");
  return join(platform, options === "" ? platform.os : `${platform.os}(${options})`);
}

function join({ os, architecture, variant = "" }: Platform, first: string): string {
  return os === "" ? "unknown" : [first, architecture, variant].filter((part) => part !== "").join("/");
}

/** Writes the characters that the form itself uses as `%XX`. */
const encodeOption = (option: string): string =>
  option.replace(/[%+()/]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
