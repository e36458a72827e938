import { readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isSystemError } from "./system-error.ts";

/** A mount as `/proc/<pid>/mountinfo` describes it (proc_pid_mountinfo(5)). */
export interface MountInfo {
  readonly id: number;
  readonly parentId: number;
  readonly major: number;
  readonly minor: number;
  /** The directory within the file system that is the root of this mount. */
  readonly root: string;
  readonly mountPoint: string;
  /** Options of this mount, such as `ro` and `nosuid`. */
  readonly options: readonly string[];
  /** Propagation and the like, such as `shared:1`. */
  readonly optionalFields: readonly string[];
  readonly fsType: string;
  readonly source: string;
  /** Options of the file system, such as `lowerdir=…`. */
  readonly superOptions: readonly string[];
}

/** The mounts this process sees, in the order they were made. @param path another process's file. */
export function mountInfo(path = "/proc/self/mountinfo"): MountInfo[] {
  return parseMountInfo(readFileSync(path));
}

/** Parses the text of a mountinfo file. @throws SyntaxError on a line that is none. */
export function parseMountInfo(text: Uint8Array | string): MountInfo[] {
  // As Latin-1 each character is a byte, so that unescaping happens before the bytes become text.
  const bytes =
    typeof text === "string" ? Buffer.from(text) : Buffer.from(text.buffer, text.byteOffset, text.length);
  const lines = bytes.toString("latin1").split("\n");
  return lines.filter((line) => line !== "").map(parseLine);
}

/** Tells whether something is mounted exactly at `path` (symbolic links are followed). False when it is absent. */
export function isMountPoint(path: string): boolean {
  return mountsAt(path).length > 0;
}

/** The mounts at `path`, the topmost last. Several when one hides another. */
export function mountsAt(path: string): MountInfo[] {
  const real = realMountPoint(path);
  return real === undefined ? [] : mountInfo().filter((mount) => mount.mountPoint === real);
}

/**
 * `path` as mountinfo would have it, symbolic links followed; undefined when it is absent. What is mounted there need not
 * answer: a fuse file system whose server has died does not (ENOTCONN), nor a stale network mount (ESTALE).
 */
export function realMountPoint(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
    if (isSystemError(error, "ENOTCONN", "ESTALE", "EIO", "EACCES"))
      return join(realpathSync(dirname(path)), basename(path));
    throw error;
  }
}

function parseLine(line: string): MountInfo {
  const fields = line.split(" ");
  const separator = fields.indexOf("-", 6);
  const [major, minor] = (fields[2] ?? "").split(":").map(Number);
  const [fsType, source, superOptions] = separator < 0 ? [] : fields.slice(separator + 1);
  if (fsType === undefined || source === undefined || major === undefined || minor === undefined)
    throw new SyntaxError(`not a line of mountinfo: ${JSON.stringify(line)}`);
  return {
    id: Number(fields[0]),
    parentId: Number(fields[1]),
    major,
    minor,
    root: unescape(fields[3] ?? ""),
    mountPoint: unescape(fields[4] ?? ""),
    options: splitOptions(fields[5]),
    optionalFields: fields.slice(6, separator),
    fsType: unescape(fsType),
    source: unescape(source),
    superOptions: splitOptions(superOptions),
  };
}

const splitOptions = (field = ""): string[] => (field === "" ? [] : unescape(field).split(","));

/** The kernel writes space, tab, newline, backslash and `#` as `\` and three octal digits. */
function unescape(field: string): string {
  const bytes = field.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) =>
    String.fromCharCode(parseInt(octal, 8)),
  );
  return Buffer.from(bytes, "latin1").toString("utf8");
}
