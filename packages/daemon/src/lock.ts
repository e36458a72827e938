import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FailedPreconditionError, isErrno } from "@davit/errdefs";
import { lockFile } from "@davit/sys";

/**
 * Takes a root for this process: two daemons on one root would undo each other's work.
 * @throws FailedPreconditionError that names the process which holds it.
 */
export function lockRoot(root: string): Disposable {
  const path = join(root, "davitd.lock");
  let lock: Disposable;
  try {
    lock = lockFile(path);
  } catch (cause) {
    if (!isErrno(cause, "EAGAIN", "EWOULDBLOCK")) throw cause;
    const holder = readFileSync(path, "utf8").trim();
    const who = holder === "" ? "another daemon" : `another daemon (pid ${holder})`;
    throw new FailedPreconditionError(
      `the root ${root} is in use by ${who}; stop it, or give --root another directory`,
      {
        bare: true,
        cause,
      },
    );
  }
  writePid(path, `${process.pid}\n`);
  return {
    [Symbol.dispose]() {
      writePid(path, "");
      lock[Symbol.dispose]();
    },
  };
}

/** It is only told to people. A full disk is no reason not to start, and a root that is gone none not to stop. */
function writePid(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: "r+" });
    truncateSync(path, text.length);
  } catch (error) {
    if (!isErrno(error, "ENOSPC", "EDQUOT", "ENOENT", "EROFS")) throw error;
  }
}
