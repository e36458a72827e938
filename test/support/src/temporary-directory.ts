import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A directory of its own. Disposing it ends the processes that work in it, and removes it. Idempotent. */
export interface TemporaryDirectory extends AsyncDisposable {
  readonly path: string;
  /** A path below it. */
  join(...names: string[]): string;
}

/** What of a directory's users is not found in it. */
export interface CleanerHints {
  /** Namespaces that nobody else uses: what is left of their cgroups and of their runtime's state is removed. */
  readonly namespaces?: readonly string[];
}

/**
 * Makes a directory, with a watchman beside it: when the directory is disposed or this process ends, in whatever way, the processes whose
 * command line names it are killed, containers of shims included, its mounts undone, and it is removed.
 */
export function temporaryDirectory(prefix = "davit-test-", hints: CleanerHints = {}): TemporaryDirectory {
  const path = mkdtempSync(join(tmpdir(), prefix));
  const cleaner = spawn(
    process.execPath,
    [join(import.meta.dirname, "cleaner.js"), path, ...(hints.namespaces ?? [])],
    { detached: true, stdio: ["pipe", "inherit", "inherit"] },
  );
  const ended = new Promise<void>((resolve) => {
    cleaner.once("close", () => resolve());
  });
  // It outlives this process, and must not keep it.
  cleaner.unref();
  unref(cleaner.stdin);
  return {
    path,
    join: (...names) => join(path, ...names),
    async [Symbol.asyncDispose]() {
      cleaner.ref();
      cleaner.stdin.end();
      await ended;
    },
  };
}

const unref = (stream: object): void => {
  if ("unref" in stream && typeof stream.unref === "function") stream.unref();
};
