import type { SpecOption } from "./default-spec.ts";
import { withProcess } from "./spec-process.ts";

/** `PATH` where the image says nothing. */
export const DEFAULT_PATH_ENV = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Variables over defaults: `KEY=value` takes the place of the variable of that name, or is added at the end; `KEY` alone removes it
 * (containerd pkg/oci/spec_opts.go, replaceOrAppendEnvValues).
 */
export function mergeEnv(defaults: readonly string[], overrides: readonly string[]): string[] {
  const byName = new Map(defaults.map((variable) => [nameOf(variable), variable]));
  for (const variable of overrides) {
    if (variable.includes("=")) byName.set(nameOf(variable), variable);
    else byName.delete(variable);
  }
  return [...byName.values()];
}

/** Merges variables into those of the process. */
export const withEnv = (env: readonly string[]): SpecOption =>
  withProcess((process) => ({ ...process, env: mergeEnv(process.env ?? [], env) }));

const nameOf = (variable: string): string => variable.split("=", 1)[0] ?? "";
