// The one door to the operating system: koffi, loaded at the first call, and libc's functions, bound at theirs.
import { createRequire } from "node:module";
import type koffiModule from "koffi";

type Koffi = typeof koffiModule;

/** What a C function takes: numbers, a string (as UTF-8), memory, a null pointer, or an array of strings. */
export type NativeValue = number | bigint | string | Uint8Array | null | readonly (string | null)[];

/** A function of libc. `async` runs it on a thread of libuv's pool; `errno` holds inside its callback. */
export interface NativeFunction {
  (...values: NativeValue[]): number;
  async(...values: [...NativeValue[], (error: unknown, result: number) => void]): void;
}

let koffi: Koffi | undefined;
let libc: ReturnType<Koffi["load"]> | undefined;

/**
 * koffi itself. Its platform package is required directly: that spares the wrapper's search, most of koffi's
 * load time. `createRequire` and not `import`: it works in a bundle that leaves koffi outside, and is lazy.
 */
export function loadKoffi(): Koffi {
  if (koffi) return koffi;
  const require = createRequire(import.meta.url);
  const wrapper = require.resolve("koffi");
  try {
    koffi = createRequire(wrapper)(`@koromix/koffi-${process.platform}-${process.arch}`) as Koffi;
  } catch {
    koffi = require(wrapper) as Koffi; // another package manager's layout, or koffi built from source
  }
  return koffi;
}

/**
 * Loads koffi now instead of at the first call. For the main thread, before it starts workers that call: a process
 * that ends while a worker is loading koffi aborts.
 */
export function loadNative(): void {
  loadKoffi();
}

/** Returns libc's function `symbol`, which is looked up when it is first called. */
export function native(symbol: string, result: string, parameters: readonly string[]): NativeFunction {
  let bound: NativeFunction | undefined;
  const bind = (): NativeFunction => {
    libc ??= loadKoffi().load(null); // the symbols of this process, so glibc and musl alike
    return (bound = libc.func(symbol, result, [...parameters]) as unknown as NativeFunction);
  };
  const call = (...values: NativeValue[]): number => (bound ?? bind())(...values);
  const async: NativeFunction["async"] = (...values) => (bound ?? bind()).async(...values);
  return Object.assign(call, { async });
}

/**
 * Returns the system call `number`, for what the oldest libc we run on does not export.
 * `number` is per architecture below 424, and the same everywhere from there on.
 */
export function syscall(number: number, parameters: readonly string[]): NativeFunction {
  const call = native("syscall", "long", ["long", ...parameters]);
  return Object.assign((...values: NativeValue[]) => call(number, ...values), {
    async: (...values: Parameters<NativeFunction["async"]>) => call.async(number, ...values),
  });
}

/** The C errno of the last native call on this thread. Read it at once. */
export const errno = (): number => loadKoffi().errno();
