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
  writeFileSync(path, `${process.pid}\n`);
  return {
    [Symbol.dispose]() {
      truncateSync(path);
      lock[Symbol.dispose]();
    },
  };
}
