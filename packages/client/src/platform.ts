import { hostPlatform, normalizePlatform, parsePlatform, type Platform } from "@davit/platforms";

/** A platform, or its text `os/architecture[/variant]`. */
export type PlatformLike = string | Platform;

/** The platform asked for, normalised; this machine's when none is. @throws InvalidArgumentError for a text that is none. */
export function wantedPlatform(platform?: PlatformLike): Platform {
  if (platform === undefined) return hostPlatform();
  return normalizePlatform(typeof platform === "string" ? parsePlatform(platform) : platform);
}

/** The fields of containerd.types.Platform. */
export const platformToProto = ({
  os,
  architecture,
  variant = "",
  osVersion = "",
}: Platform): { os: string; architecture: string; variant: string; osVersion: string } => ({
  os,
  architecture,
  variant,
  osVersion,
});
