import { lstatSync, rmdirSync, unlinkSync } from "node:fs";
import { isErrno } from "@davit/errdefs";
import type { ByteString } from "./tar-entry.ts";
import { namesIn, native } from "./tree.ts";

/** Removes what is at `path`, with everything below; links are removed, not followed. Nothing there is fine. */
export function removeAll(path: ByteString): void {
  const stats = lstatSync(native(path), { throwIfNoEntry: false });
  if (!stats) return;
  if (!stats.isDirectory()) return unlinkSync(native(path));
  // By bytes, where `rmSync` would not find a name that is not UTF-8 again.
  for (const name of namesIn(path)) removeAll(`${path}/${name}`);
  try {
    rmdirSync(native(path));
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
}
