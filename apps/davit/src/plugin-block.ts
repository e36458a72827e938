import type { Plugin } from "@davit/api/services/introspection";
import { platformsOf } from "./plugin-status.ts";
import { printable } from "./printable.ts";

const LABEL_WIDTH = 15;

/** The names of gRPC's status codes, by number. */
const CODES = [
  "OK",
  "Canceled",
  "Unknown",
  "InvalidArgument",
  "DeadlineExceeded",
  "NotFound",
  "AlreadyExists",
  "PermissionDenied",
  "ResourceExhausted",
  "FailedPrecondition",
  "Aborted",
  "OutOfRange",
  "Unimplemented",
  "Internal",
  "Unavailable",
  "DataLoss",
  "Unauthenticated",
];

/** All about a plugin: a line per fact, of a list a line per entry. */
export function renderPluginBlock(plugin: Plugin): string {
  const lines = [
    ...fact("Type:", [plugin.type]),
    ...fact("ID:", [plugin.id]),
    ...fact("Requires:", plugin.requires),
    ...fact("Platforms:", platformsOf(plugin)),
    ...fact(
      "Exports:",
      Object.entries(plugin.exports).map((entry) => entry.join("=")),
    ),
    ...fact("Capabilities:", plugin.capabilities),
  ];
  if (plugin.initErr) {
    const { code, message } = plugin.initErr;
    lines.push("Error:", ...fact("  Code:", [CODES[code] ?? String(code)]), ...fact("  Message:", [message]));
  }
  return lines.map((line) => `${line}\n`).join("");
}

const fact = (label: string, values: readonly string[]): string[] =>
  values.map((value, index) => (index === 0 ? label : "").padEnd(LABEL_WIDTH) + printable(value));
