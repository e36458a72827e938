// What this package's tests share.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** For tests that need privileges: the reason to skip, or false. */
export const needsRoot: string | false = process.getuid?.() === 0 ? false : "needs root";

/** A directory that is gone with its scope. */
export function temporary(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "davit-sys-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
