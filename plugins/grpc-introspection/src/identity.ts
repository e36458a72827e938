import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { isErrno } from "@davit/errdefs";

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Who the daemon is. */
export interface Identity {
  /** Of this installation: the same after a restart. */
  uuid(): Promise<string>;
  /** The inode of the process id namespace, by which a client knows whether it can look at {@link Identity.pid}. */
  pidNamespace(): Promise<bigint>;
  readonly pid: number;
}

/** The identity of this process, whose uuid is kept in `file`; made there when it is first asked for. */
export function identityIn(file: string): Identity {
  let made: Promise<string> | undefined;
  return {
    pid: process.pid,
    pidNamespace: async () => (await stat("/proc/self/ns/pid", { bigint: true })).ino,
    async uuid() {
      made ??= readOrMake(file);
      try {
        return await made;
      } catch (err) {
        made = undefined; // the next call tries again
        throw err;
      }
    },
  };
}

async function readOrMake(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((err: unknown) => {
    if (isErrno(err, "ENOENT")) return "";
    throw err;
  });
  const kept = text.trim();
  if (kept === "") return make(file);
  if (!UUID.test(kept)) throw new Error(`${file} holds no UUID: remove it, or write one there`);
  return kept;
}

async function make(file: string): Promise<string> {
  const uuid = randomUUID();
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.tmp`, uuid, { flush: true });
  await rename(`${file}.tmp`, file);
  return uuid;
}
