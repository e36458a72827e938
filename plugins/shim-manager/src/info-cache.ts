import type { RuntimeInfo } from "@davit/api/types";
import type { Any } from "@davit/typeurl";
import type { ShimCommands } from "./shim-commands.ts";

/** What binaries say of themselves, asked once per binary and options. A failure is not kept. */
export class InfoCache {
  readonly #commands: ShimCommands;
  readonly #timeoutMs: number;
  readonly #known = new Map<string, Promise<RuntimeInfo>>();

  constructor(commands: ShimCommands, timeoutMs: number) {
    this.#commands = commands;
    this.#timeoutMs = timeoutMs;
  }

  /** @throws Error `failed to run …`; the reason of the signal. */
  async get(binary: string, options: Any | undefined, signal: AbortSignal | undefined): Promise<RuntimeInfo> {
    signal?.throwIfAborted();
    const value = options === undefined ? "" : Buffer.from(options.value).toString("base64");
    const key = [binary, options?.typeUrl ?? "", value].join("\n");
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    // Not the caller's signal: others may wait for the same answer.
    const asked = this.#commands.info(binary, options, AbortSignal.timeout(this.#timeoutMs));
    this.#known.set(key, asked);
    asked.catch(() => this.#known.delete(key));
    return asked;
  }
}
