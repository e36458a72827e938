import type { Plugin } from "@davit/api/services/introspection";
import { formatPlatform } from "@davit/platforms";

/** As containerd's tools put it. That a plugin does not apply here, which is no failure, is told by its message alone. */
export function statusOf({ initErr }: Pick<Plugin, "initErr">): "ok" | "skip" | "error" {
  if (initErr === undefined) return "ok";
  return initErr.message.includes("skip plugin") ? "skip" : "error";
}

/** The platforms of a plugin, sorted, each once. */
export const platformsOf = ({ platforms }: Pick<Plugin, "platforms">): string[] =>
  [
    ...new Set(
      platforms.map(({ os, architecture, variant }) => formatPlatform({ os, architecture, variant })),
    ),
  ].toSorted();
