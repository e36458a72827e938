import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mountAll, unmountAll, type Mount } from "@davit/mount";
import type { CallOptions } from "@davit/namespaces";
import type { Info, Snapshotter } from "@davit/snapshots";

/** What an implementation has beyond the contract's core. Declared, never guessed from a failure. */
export interface Supports {
  /** `commit` with a parent re-bases a snapshot that has none. */
  readonly rebase?: boolean;
  /** A commit with another parent than the snapshot has is refused (behind metadata it is ignored). */
  readonly refusesOtherParent?: boolean;
  /** `cleanup` is there. */
  readonly cleanup?: boolean;
  /** The mounts can be made on this machine by this user. */
  readonly mounts?: boolean;
}

/** Registers a test over a snapshotter of its own. */
export type Run = (name: string, body: (snapshotter: Snapshotter) => Promise<void>) => unknown;

export const options: CallOptions = { namespace: "testsuite" };

/** The names that `list` gives. */
export async function names(s: Snapshotter, ...filters: string[]): Promise<string[]> {
  const infos: Info[] = await Array.fromAsync(s.list({ ...options, filters }));
  return infos.map(({ name }) => name);
}

/** Commits a layer, written by `write` where given. */
export async function layer(
  s: Snapshotter,
  name: string,
  parent = "",
  write?: (root: string) => void,
): Promise<void> {
  const mounts = await s.prepare(`${name}-active`, parent, options);
  if (write) await mounted(mounts, async (root) => write(root));
  await s.commit(name, `${name}-active`, options);
}

/** Runs `use` with the place the mounts are made at. */
export async function mounted<T>(mounts: readonly Mount[], use: (root: string) => Promise<T>): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), "davit-suite-"));
  try {
    await mountAll(mounts, root);
    return await use(root);
  } finally {
    await unmountAll(root);
    rmdirSync(root);
  }
}
