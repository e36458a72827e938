import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unmountRecursive } from "@davit/mount";

/** A directory of its own, unmounted and removed when it is disposed. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "dsm-"));
  return {
    path,
    async [Symbol.asyncDispose]() {
      await unmountRecursive(path);
      await rm(path, { recursive: true, force: true });
    },
  };
}

/** Waits until `check` gives something; fails after a while. */
export async function eventually<T>(what: string, check: () => T | Promise<T>): Promise<NonNullable<T>> {
  const end = Date.now() + 20_000;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (Date.now() > end) throw new Error(`timed out: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
