import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { testNamespace, type Containerd } from "./containerd.ts";
import { startDaemon } from "./daemon.ts";
import { needs } from "./needs.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

/** How davitd is started. */
export interface DavitdOptions {
  /** More arguments, such as `--config FILE`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** davitd as it is installed; it needs the app's bundle. */
export const davitdProgram: string = resolve(import.meta.dirname, "../../../apps/davitd/bin/davitd");

const bundle = resolve(davitdProgram, "../../dist/bundle/davitd.js");

/** Why `startDavitd` cannot work here, for node:test's `skip`. */
export const davitdMissing = (): string | false =>
  needs("root", "runc", davitdProgram) || (!existsSync(bundle) && `needs ${bundle}`);

/** Starts davitd with root, state and sockets of its own. It ends with its containers. */
export async function startDavitd({ args = [], env = {} }: DavitdOptions = {}): Promise<Containerd> {
  const namespace = testNamespace();
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(temporaryDirectory("davit-davitd-", { namespaces: [namespace] }));
  const address = directory.join("d.sock");
  const fifoDir = directory.join("fifo");
  mkdirSync(fifoDir, { mode: 0o700 });
  const places = ["--root", directory.join("root"), "--state", directory.join("state"), "--address", address];
  const daemon = stack.use(
    await startDaemon({
      program: davitdProgram,
      args: [...places, ...args],
      env,
      listens: address,
      logFile: join(directory.path, "log"),
    }),
  );
  const started = stack.move();
  return {
    ...daemon,
    address,
    directory: directory.path,
    namespace,
    fifoDir,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}
