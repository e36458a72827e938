import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Folders that the PATH of an ordinary user lacks on Debian. */
const SYSTEM = ["/usr/sbin", "/sbin"];

/**
 * Why a test cannot run here, for node:test's `skip`: false when all is there.
 * @param names programs on the PATH (or absolute paths), or `root` for the privilege.
 */
export function needs(...names: readonly string[]): string | false {
  const missing = names.filter((name) =>
    name === "root" ? process.getuid?.() !== 0 : programPath(name) === undefined,
  );
  return missing.length > 0 && `needs ${missing.join(", ")}`;
}

/** Where a program is, or undefined. */
export function programPath(name: string): string | undefined {
  if (name.startsWith("/")) return isExecutable(name) ? name : undefined;
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), ...SYSTEM];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
