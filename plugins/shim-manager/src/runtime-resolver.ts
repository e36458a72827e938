import { access, constants, stat } from "node:fs/promises";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { quote } from "@davit/errdefs";

/** Where the resolver looks. */
export interface RuntimeResolverOptions {
  /** Binaries by runtime name: looked at before the rules. */
  readonly runtimes?: Readonly<Record<string, string>> | undefined;
  /** The daemon's own program; shims may lie beside it. */
  readonly executable: string;
  /** Default: `PATH` of the process when asked, since plugins may extend it. */
  readonly path?: string | undefined;
  /** Default: the process's. */
  readonly cwd?: string | undefined;
}

/** Finds the shim binary of a runtime (reference 04 §1), and remembers it for the life of the daemon. */
export class RuntimeResolver {
  readonly #options: RuntimeResolverOptions;
  readonly #found = new Map<string, string>();

  constructor(options: RuntimeResolverOptions) {
    this.#options = options;
  }

  /** @throws Error when the name is none (containerd's text), or no binary is there. */
  async resolve(runtime: string): Promise<string> {
    if (runtime === "") throw new Error("no runtime name");
    const configured = this.#options.runtimes?.[runtime];
    if (configured !== undefined) return customBinary(configured);
    if (isAbsolute(runtime)) return customBinary(runtime);
    const name = binaryName(runtime);
    const known = this.#found.get(name);
    if (known !== undefined) return known;
    const path = await this.#search(runtime, name);
    this.#found.set(name, path);
    return path;
  }

  async #search(runtime: string, name: string): Promise<string> {
    const { executable, cwd = process.cwd(), path = process.env["PATH"] ?? "" } = this.#options;
    const beside = join(cwd, name);
    if (await exists(beside)) return beside;
    for (const folder of path.split(delimiter)) {
      const candidate = resolve(cwd, folder, name);
      if (await isExecutable(candidate)) return candidate;
    }
    const sibling = join(dirname(executable), name);
    if (await exists(sibling)) return sibling;
    throw new Error(`runtime ${quote(runtime)} binary not installed ${quote(name)}: file does not exist`);
  }
}

/**
 * The name of a runtime's binary: `io.containerd.runc.v2` → `containerd-shim-runc-v2`.
 * @throws Error `invalid runtime name …`.
 */
export function binaryName(runtime: string): string {
  const parts = runtime.split(".");
  const [kind, version] = parts.slice(-2);
  if (runtime.includes("/") || parts.length < 2 || parts[0] === "")
    throw new Error(
      `invalid runtime name ${runtime}, correct runtime name should be either format like ` +
        "`io.containerd.runc.v2` or a full path to the binary",
    );
  return `containerd-shim-${kind}-${version}`;
}

async function customBinary(path: string): Promise<string> {
  try {
    await stat(path);
  } catch (cause) {
    throw new Error("invalid custom binary path", { cause });
  }
  return path;
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    (info) => info.isFile(),
    () => false,
  );

const isExecutable = (path: string): Promise<boolean> =>
  exists(path).then((is) =>
    is
      ? access(path, constants.X_OK).then(
          () => true,
          () => false,
        )
      : false,
  );
