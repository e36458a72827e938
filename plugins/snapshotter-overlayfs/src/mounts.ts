import { join } from "node:path";
import type { Mount } from "@davit/mount";
import type { Kind } from "@davit/snapshots";

export const upperOf = (directory: string): string => join(directory, "fs");
export const workOf = (directory: string): string => join(directory, "work");

/** What the mounts of a snapshot are made of: its directory and those of its ancestors, the nearest first. */
export interface Layers {
  readonly kind: Kind;
  readonly directory: string;
  readonly parents: readonly string[];
}

/** The mounts of an active snapshot or a view (reference 03 §2.1). @param extra options behind the directories. */
export function mountsOf({ kind, directory, parents }: Layers, extra: readonly string[]): readonly Mount[] {
  const lower = parents.map(upperOf);
  const readOnly = kind === "view";
  if (lower[0] === undefined) return [bind(upperOf(directory), readOnly)];
  if (readOnly && lower.length === 1) return [bind(lower[0], readOnly)];
  const own = readOnly ? [] : [`workdir=${workOf(directory)}`, `upperdir=${upperOf(directory)}`];
  const options = [...own, `lowerdir=${lower.join(":")}`, ...extra];
  return [{ type: "overlay", source: "overlay", options }];
}

const bind = (source: string, readOnly: boolean): Mount => ({
  type: "bind",
  source,
  options: [readOnly ? "ro" : "rw", "rbind"],
});
