import { lstatSync, readdirSync } from "node:fs";
import type { Usage } from "@davit/snapshots";
import { serveRequests } from "./serve.ts";

/** Counts as du(1) does: blocks of 512 bytes, every inode once, the directory itself included. */
function measure(directory: string): Usage {
  const seen = new Set<string>();
  let blocks = 0n;
  const queue = [directory];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    // An active snapshot may be written while it is measured.
    if (stat === undefined) continue;
    const inode = `${stat.dev}:${stat.ino}`;
    if (seen.has(inode)) continue;
    seen.add(inode);
    blocks += stat.blocks;
    if (stat.isDirectory()) for (const name of namesIn(path)) queue.push(`${path}/${name}`);
  }
  return { sizeBytes: blocks * 512n, inodes: BigInt(seen.size) };
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

serveRequests(measure);
