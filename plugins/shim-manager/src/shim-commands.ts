import { fromBinary } from "@bufbuild/protobuf";
import { DeleteResponseSchema } from "@davit/api/runtime/task-v3";
import { RuntimeInfoSchema, type RuntimeInfo } from "@davit/api/types";
import { quote, wireMessage } from "@davit/errdefs";
import type { Bundle, Endpoint, Exit } from "@davit/runtime";
import { fromTimestamp } from "@davit/time";
import type { Any } from "@davit/typeurl";
import { bootstrapParams, optionsBytes, refusedParams, takesOptions } from "./bootstrap-params.ts";
import { parseBootstrapResult } from "./bootstrap-result.ts";
import { exitText, runCommand, type CommandResult } from "./command.ts";
import type { DaemonFacts } from "./settings.ts";

/** What every command of a shim depends on. */
export interface ShimCommandsOptions {
  readonly daemon: DaemonFacts;
  readonly socketDir: string;
  /** `KEY=value` added to the environment of `start`. */
  readonly env?: readonly string[] | undefined;
  /** Told of what a `delete` that succeeded wrote to stderr. */
  readonly onWarning?: ((text: string) => void) | undefined;
}

/** Runs the commands of shim binaries: `start`, `delete`, `-info` (reference 04 §3). */
export class ShimCommands {
  readonly #options: ShimCommandsOptions;
  /** Binaries found out to read options on stdin. */
  readonly #old = new Set<string>();

  constructor(options: ShimCommandsOptions) {
    this.#options = options;
  }

  /**
   * Starts the shim of a bundle.
   * @throws Error `<output>: exit status N`; `shim killed after <reason>` when the signal came first.
   */
  async start(
    binary: string,
    bundle: Bundle,
    { options, signal }: { readonly options?: Any | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<Endpoint> {
    const { id, namespace } = bundle;
    const { daemon, socketDir } = this.#options;
    const params = bootstrapParams({ id, namespace, daemon, socketDir, options });
    const old = this.#old.has(binary) || takesOptions(binary);
    let result = await this.#start(binary, bundle, old ? optionsBytes(options) : params, signal);
    if (!old && result.status.exitCode !== 0 && refusedParams(text(result.stdout), id)) {
      this.#old.add(binary);
      result = await this.#start(binary, bundle, optionsBytes(options), signal);
    }
    requireSuccess(result, result.stdout);
    return parseBootstrapResult(result.stdout);
  }

  async #start(
    binary: string,
    bundle: Bundle,
    input: Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<CommandResult> {
    const result = await runCommand({
      path: binary,
      args: [...this.#flags(bundle), ...this.#debug(), "start"],
      env: { ...this.#environment(bundle.namespace), ...parseEnvironment(this.#options.env ?? []) },
      cwd: bundle.path,
      input,
      combined: true,
      signal,
    });
    if (signal?.aborted)
      throw new Error(`shim killed after ${wireMessage(signal.reason)}`, { cause: signal.reason });
    return result;
  }

  /** Removes what is left of the container of a shim that is gone. @throws Error as `start`. */
  async delete(binary: string, bundle: Bundle, signal: AbortSignal): Promise<Exit> {
    const result = await runCommand({
      path: binary,
      args: [...this.#flags(bundle), "-bundle", bundle.path, ...this.#debug(), "delete"],
      env: this.#environment(bundle.namespace),
      cwd: bundle.path,
      signal,
    });
    if (signal.aborted) throw new Error("shim delete was cut short", { cause: signal.reason });
    requireSuccess(result, result.stderr);
    if (result.stderr.length > 0) this.#options.onWarning?.(text(result.stderr));
    const { pid, exitStatus, exitedAt } = fromBinary(DeleteResponseSchema, result.stdout);
    return { pid, status: exitStatus, exitedAt: fromTimestamp(exitedAt) };
  }

  /** Asks a binary what it is. @throws Error `failed to run …`. */
  async info(binary: string, options: Any | undefined, signal: AbortSignal): Promise<RuntimeInfo> {
    const result = await runCommand({
      path: binary,
      args: ["-info"],
      input: optionsBytes(options),
      group: false,
      signal,
    });
    const { status, stdout, stderr } = result;
    if (signal.aborted) throw new Error(`failed to run [${binary} -info]`, { cause: signal.reason });
    if (status.exitCode !== 0)
      throw new Error(
        `failed to run [${binary} -info]: ${exitText(status)} (stderr: ${quote(stderr.toString())})`,
      );
    return fromBinary(RuntimeInfoSchema, stdout);
  }

  #flags({ id, namespace }: Bundle): string[] {
    const { grpcAddress, executable } = this.#options.daemon;
    const flags = { namespace, address: grpcAddress, "publish-binary": executable, id };
    return Object.entries(flags).flatMap(([name, value]) => [`-${name}`, value]);
  }

  #debug(): string[] {
    return ["debug", "trace"].includes(this.#options.daemon.logLevel) ? ["-debug"] : [];
  }

  #environment(namespace: string): Record<string, string | undefined> {
    const { grpcAddress, ttrpcAddress } = this.#options.daemon;
    return {
      ...process.env,
      GOMAXPROCS: "2",
      MAX_SHIM_VERSION: "2", // what containerd says, whatever it speaks
      TTRPC_ADDRESS: ttrpcAddress,
      GRPC_ADDRESS: grpcAddress,
      NAMESPACE: namespace,
    };
  }
}

function parseEnvironment(entries: readonly string[]): Record<string, string> {
  const pairs = entries.map((entry): [string, string] => {
    const at = entry.indexOf("=");
    return at < 0 ? [entry, ""] : [entry.slice(0, at), entry.slice(at + 1)];
  });
  return Object.fromEntries(pairs);
}

function requireSuccess({ status }: CommandResult, output: Buffer): void {
  if (status.exitCode === 0) return;
  throw new Error([text(output), exitText(status)].filter((part) => part !== "").join(": "));
}

const text = (output: Buffer): string => output.toString().trim();
