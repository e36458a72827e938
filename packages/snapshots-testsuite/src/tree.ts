import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** A tree as text, a line each: path, kind, mode, owner, and content or link target. What two equal trees share. */
export function describeTree(root: string): string[] {
  const lines: string[] = [];
  const visit = (below: string) => {
    for (const name of readdirSync(join(root, below)).toSorted()) {
      const path = join(below, name);
      const stat = lstatSync(join(root, path));
      const mode = (stat.mode & 0o7777).toString(8);
      const what = stat.isDirectory()
        ? "directory"
        : stat.isSymbolicLink()
          ? `link to ${readlinkSync(join(root, path))}`
          : `file ${readFileSync(join(root, path), "latin1")}`;
      lines.push(`${path} ${mode} ${stat.uid}:${stat.gid} ${what}`);
      if (stat.isDirectory()) visit(path);
    }
  };
  visit("");
  return lines;
}
