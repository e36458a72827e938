import { closeSync } from "node:fs";
import { cString } from "./call.ts";
import { native, type NativeFunction, type NativeValue } from "./ffi.ts";
import { SIGSET, SPAWN_ATTR, SPAWN_FILE_ACTIONS } from "./layouts.ts";
import { duplicate } from "./pipe.ts";
import type { ExitStatus } from "./process.ts";
import { waitForExit } from "./reaper.ts";
import { systemError } from "./system-error.ts";

/** A descriptor of the child: the parent's descriptor of that number, `/dev/null`, or the parent's of the same number. */
export type SpawnStdio = number | "ignore" | "inherit";

/** How a process is started. */
export interface SpawnOptions {
  /** Arguments, the program's own name (argv[0]) first. Default: the program alone. */
  readonly argv?: readonly string[];
  /** The whole environment; default: the parent's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** The child's descriptors 0, 1, 2, …; default three times "ignore". Those Node opened are closed on exec. */
  readonly stdio?: readonly SpawnStdio[];
  /** The process group to join; 0 makes one of its own. Default: the parent's. */
  readonly processGroup?: number;
  /** Starts a session (and so a group) of its own: signals to the parent's terminal or group pass it by. */
  readonly session?: boolean;
}

/** A started process. */
export interface SpawnedProcess {
  readonly pid: number;
  /** How it ended, once it has been reaped. The event loop is kept alive until then. */
  readonly exited: Promise<ExitStatus>;
}

const Flag = { SETPGROUP: 0x02, SETSIGDEF: 0x04, SETSIGMASK: 0x08, SETSID: 0x80 } as const;
const O_RDWR = 2;

const pointer = "void *";
const spawnNative = native("posix_spawnp", "int", [
  pointer,
  "const void *",
  pointer,
  pointer,
  "str *",
  "str *",
]);
const attr = {
  init: native("posix_spawnattr_init", "int", [pointer]),
  destroy: native("posix_spawnattr_destroy", "int", [pointer]),
  setflags: native("posix_spawnattr_setflags", "int", [pointer, "short"]),
  setpgroup: native("posix_spawnattr_setpgroup", "int", [pointer, "int"]),
  setsigdefault: native("posix_spawnattr_setsigdefault", "int", [pointer, pointer]),
  setsigmask: native("posix_spawnattr_setsigmask", "int", [pointer, pointer]),
};
const actions = {
  init: native("posix_spawn_file_actions_init", "int", [pointer]),
  destroy: native("posix_spawn_file_actions_destroy", "int", [pointer]),
  adddup2: native("posix_spawn_file_actions_adddup2", "int", [pointer, "int", "int"]),
  addopen: native("posix_spawn_file_actions_addopen", "int", [pointer, "int", "const void *", "int", "uint"]),
  addchdir: native("posix_spawn_file_actions_addchdir_np", "int", [pointer, "const void *"]),
};

/**
 * Starts a program by posix_spawn(3). Unlike `child_process`, whose fork copies the page tables of a big heap (some
 * 50 ms a gigabyte, with the event loop standing still), this costs the same whatever the heap. The child has default
 * signal dispositions and an empty signal mask.
 *
 * @param file a path, or a name looked up on the parent's PATH.
 * @throws SystemError (ENOENT, EACCES, ENOEXEC)
 */
export function spawn(file: string, options: SpawnOptions = {}): SpawnedProcess {
  using attributes = attributesOf(options);
  using fileActions = fileActionsOf(options);
  const pid = Buffer.alloc(4);
  const argv = [...(options.argv ?? [file]), null];
  const env = environment(options.env ?? process.env);
  argv.forEach((value) => value !== null && cString(value));
  failing(
    "posix_spawn",
    file,
    spawnNative,
    pid,
    cString(file),
    fileActions.memory,
    attributes.memory,
    argv,
    env,
  );
  const exited = waitForExit(pid.readInt32LE());
  // Who asks is told. That somebody else reaped the child is no reason to end this process.
  exited.catch(() => undefined);
  return { pid: pid.readInt32LE(), exited };
}

interface NativeObject extends Disposable {
  readonly memory: Buffer;
}

function attributesOf({ processGroup, session = false }: SpawnOptions): NativeObject {
  const memory = Buffer.alloc(SPAWN_ATTR.sizeBytes);
  failing("posix_spawnattr_init", undefined, attr.init, memory);
  let flags = Flag.SETSIGDEF | Flag.SETSIGMASK;
  if (session) flags |= Flag.SETSID;
  if (processGroup !== undefined) {
    flags |= Flag.SETPGROUP;
    attr.setpgroup(memory, processGroup);
  }
  attr.setflags(memory, flags);
  attr.setsigmask(memory, Buffer.alloc(SIGSET.sizeBytes));
  attr.setsigdefault(memory, Buffer.alloc(SIGSET.sizeBytes).fill(0xff, 0, 4)); // Node ignores SIGPIPE; children must not
  return { memory, [Symbol.dispose]: () => void attr.destroy(memory) };
}

function fileActionsOf({ cwd, stdio = ["ignore", "ignore", "ignore"] }: SpawnOptions): NativeObject {
  const memory = Buffer.alloc(SPAWN_FILE_ACTIONS.sizeBytes);
  failing("posix_spawn_file_actions_init", undefined, actions.init, memory);
  const duplicates: number[] = [];
  const dispose = () => {
    actions.destroy(memory);
    duplicates.forEach((fd) => closeSync(fd));
  };
  try {
    for (const [target, entry] of stdio.entries()) {
      if (entry === "ignore")
        failing("open", "/dev/null", actions.addopen, memory, target, "/dev/null", O_RDWR, 0);
      else
        failing(
          "dup2",
          undefined,
          actions.adddup2,
          memory,
          sourceOf(entry, target, stdio.length, duplicates),
          target,
        );
    }
    if (cwd !== undefined) failing("chdir", cwd, actions.addchdir, memory, cString(cwd));
  } catch (error) {
    dispose();
    throw error;
  }
  return { memory, [Symbol.dispose]: dispose };
}

/** The descriptor to duplicate; one that an earlier entry would have replaced by then is moved out of the way. */
function sourceOf(entry: number | "inherit", target: number, count: number, duplicates: number[]): number {
  const source = entry === "inherit" ? target : entry;
  if (source === target || source >= count) return source; // onto itself, dup2 clears close-on-exec
  const moved = duplicate(source, count);
  duplicates.push(moved);
  return moved;
}

function environment(env: Readonly<Record<string, string | undefined>>): (string | null)[] {
  const entries = Object.entries(env).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
  entries.forEach((entry) => cString(entry));
  return [...entries, null];
}

/** The functions of posix_spawn(3) return the error's number instead of setting errno. */
function failing(call: string, path: string | undefined, fn: NativeFunction, ...values: NativeValue[]): void {
  const number = fn(...values);
  if (number !== 0) throw systemError(number, call, { path });
}
