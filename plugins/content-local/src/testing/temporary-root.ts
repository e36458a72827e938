import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalStore, type LocalStoreOptions } from "@davit/plugin-content-local";

/** A directory that is removed at the end. */
export async function temporaryRoot(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "content-local-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A store in a directory of its own that is removed with it. */
export async function temporaryStore(options?: LocalStoreOptions): Promise<LocalStore & AsyncDisposable> {
  const root = await temporaryRoot();
  const store = await LocalStore.open(join(root.path, "store"), options);
  return Object.assign(store, { [Symbol.asyncDispose]: () => root[Symbol.asyncDispose]() });
}
