import { InvalidArgumentError } from "@davit/errdefs";
import type { ContainerConfig } from "../image/image-config.ts";
import type { SpecOption } from "./default-spec.ts";
import { DEFAULT_PATH_ENV, mergeEnv } from "./env.ts";
import { withProcess } from "./spec-process.ts";

/** What stands in for parts of an image's configuration. */
export interface ImageConfigOverrides {
  /** Instead of the image's Cmd; its Entrypoint stays. */
  readonly args?: readonly string[] | undefined;
}

/**
 * Takes environment, arguments and working directory from an image's configuration. Variables that the spec has already
 * win. The user needs the root file system: see `resolveUser`.
 *
 * @throws InvalidArgumentError when neither the image nor `args` says what to run.
 */
export function withImageConfig(
  config: ContainerConfig,
  { args = [] }: ImageConfigOverrides = {},
): SpecOption {
  const { Env = [], Entrypoint = [], Cmd = [], WorkingDir = "" } = config;
  const argv = [...Entrypoint, ...(args.length > 0 ? args : Cmd)];
  if (argv.length === 0) throw new InvalidArgumentError("no arguments specified");
  return withProcess((process) => ({
    ...process,
    args: argv,
    cwd: WorkingDir === "" ? "/" : WorkingDir,
    env: mergeEnv(Env.length > 0 ? Env : [DEFAULT_PATH_ENV], process.env ?? []),
  }));
}
