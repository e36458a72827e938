import { parseArgs } from "node:util";
import { InvalidArgumentError } from "@davit/errdefs";
import { DEFAULTS } from "./paths.ts";

/** What a daemon's command line says. */
export interface CommandLine {
  readonly command:
    | "run"
    | "config default"
    | "config dump"
    | "config migrate"
    | "config check"
    | "help"
    | "version";
  readonly config?: string | undefined;
  readonly root?: string | undefined;
  readonly state?: string | undefined;
  readonly address?: string | undefined;
  readonly logLevel?: string | undefined;
  readonly logFormat?: string | undefined;
}

/** Reads arguments (without the program's). @throws InvalidArgumentError for what is not known. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { values, positionals } = parse(args);
  const { config, root, state, address } = values;
  const given = {
    config,
    root,
    state,
    address,
    logLevel: values["log-level"],
    logFormat: values["log-format"],
  };
  if (values.help) return { ...given, command: "help" };
  if (values.version) return { ...given, command: "version" };
  const words = positionals.join(" ");
  if (words === "") return { ...given, command: "run" };
  if (
    words === "config default" ||
    words === "config dump" ||
    words === "config migrate" ||
    words === "config check"
  )
    return { ...given, command: words };
  throw new InvalidArgumentError(`unknown command "${words}"; see --help`, { bare: true });
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        config: { type: "string", short: "c" },
        root: { type: "string" },
        state: { type: "string" },
        address: { type: "string", short: "a" },
        "log-level": { type: "string", short: "l" },
        "log-format": { type: "string" },
        help: { type: "boolean", short: "h" },
        version: { type: "boolean", short: "v" },
      },
    });
  } catch (cause) {
    throw new InvalidArgumentError(cause instanceof Error ? cause.message : String(cause), {
      bare: true,
      cause,
    });
  }
}

export const usage = (name: string): string => `${name}: a container daemon whose every part is a plugin

usage: ${name} [options]
       ${name} [options] config default | dump | migrate | check

  -c, --config FILE       configuration (${DEFAULTS.config}; that file may be absent)
      --root DIR          what survives a reboot (${DEFAULTS.root})
      --state DIR         what does not (${DEFAULTS.state})
  -a, --address SOCKET    where gRPC is served (${DEFAULTS.address}); ttrpc at SOCKET.ttrpc
  -l, --log-level LEVEL   trace, debug, info, warn, error, fatal or panic
      --log-format FORMAT text or json
  -v, --version
  -h, --help

  config default          print every plugin's defaults as TOML
  config dump, migrate    print the merged configuration in version 4
  config check            read the configuration as a start would; unknown keys are errors

example: ${name} --root /tmp/davit/root --state /tmp/davit/state --address /tmp/davit/davit.sock --log-level debug
`;
