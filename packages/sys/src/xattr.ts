// Extended attributes of the file itself, never of what a symbolic link points to (xattr(7)).
import { check, cString, type PathLike } from "./call.ts";
import { native } from "./ffi.ts";
import { isSystemError } from "./system-error.ts";

/** Flags of lsetxattr(2). */
export const XattrFlag = { XATTR_CREATE: 1, XATTR_REPLACE: 2 } as const;

const setNative = native("lsetxattr", "int", [
  "const void *",
  "const void *",
  "const void *",
  "size_t",
  "int",
]);
const getNative = native("lgetxattr", "long", ["const void *", "const void *", "void *", "size_t"]);
const listNative = native("llistxattr", "long", ["const void *", "void *", "size_t"]);
const removeNative = native("lremovexattr", "int", ["const void *", "const void *"]);

/** Sets an attribute. @param flags bits of `XattrFlag`. @throws SystemError (ENOTSUP: the file system has none of this kind) */
export function lsetxattr(path: PathLike, name: PathLike, value: Uint8Array | string, flags = 0): void {
  const bytes = typeof value === "string" ? Buffer.from(value) : value;
  check({ call: "lsetxattr", path }, setNative, cString(path), cString(name), bytes, bytes.length, flags);
}

/** The value of an attribute, or undefined when the file has none of that name. @throws SystemError */
export function lgetxattr(path: PathLike, name: PathLike): Buffer | undefined {
  try {
    return sized((memory) =>
      check(
        { call: "lgetxattr", path },
        getNative,
        cString(path),
        cString(name),
        memory,
        memory?.length ?? 0,
      ),
    );
  } catch (error) {
    if (isSystemError(error, "ENODATA")) return undefined;
    throw error;
  }
}

/** The names of the attributes this process may see. @throws SystemError */
export function llistxattr(path: PathLike): string[] {
  const names = sized((memory) =>
    check({ call: "llistxattr", path }, listNative, cString(path), memory, memory?.length ?? 0),
  );
  return names.toString("utf8").split("\0").slice(0, -1);
}

/** Removes an attribute. @throws SystemError (ENODATA: there was none) */
export function lremovexattr(path: PathLike, name: PathLike): void {
  check({ call: "lremovexattr", path }, removeNative, cString(path), cString(name));
}

/** Asks for the size, then for the value; again when it grew in between. */
function sized(read: (memory: Buffer | null) => number): Buffer {
  for (;;) {
    const memory = Buffer.alloc(read(null));
    if (memory.length === 0) return memory;
    try {
      return memory.subarray(0, read(memory));
    } catch (error) {
      if (!isSystemError(error, "ERANGE")) throw error;
    }
  }
}
