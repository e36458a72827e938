import { InvalidArgumentError, NotFoundError, UnknownError } from "@davit/errdefs";
import { validateIdentifier } from "@davit/identifiers";
import type { CallOptions } from "@davit/namespaces";
import {
  isShimClosed,
  type ExecRequest,
  type Exit,
  type ProcessInfo,
  type ProcessRef,
  type ProcessState,
  type Shim,
  type Task,
} from "@davit/runtime";
import type { Any } from "@davit/typeurl";
import { anyField, exitFrom, stateFrom, withValue } from "./convert.ts";

/** A task in its shim. It holds no state of its own. */
export class ShimTask implements Task {
  readonly #shim: Shim;
  readonly #stateTimeoutMs: number;

  /** @param stateTimeoutMs how long State may take. */
  constructor(shim: Shim, stateTimeoutMs: number) {
    this.#shim = shim;
    this.#stateTimeoutMs = stateTimeoutMs;
  }

  get id(): string {
    return this.#shim.id;
  }

  get namespace(): string {
    return this.#shim.namespace;
  }

  async pid(options: CallOptions): Promise<number> {
    return (await this.#shim.task.connect(this.#self, options)).taskPid;
  }

  async state(process: ProcessRef, options: CallOptions): Promise<ProcessState> {
    const limit = AbortSignal.timeout(this.#stateTimeoutMs);
    const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
    try {
      return stateFrom(await this.#shim.task.state(this.#ref(process), { ...options, signal }));
    } catch (error) {
      if (isShimClosed(error)) throw new NotFoundError(""); // as containerd: nothing but `not found`
      throw error;
    }
  }

  async start(process: ProcessRef, options: CallOptions): Promise<void> {
    if (process.execId) await this.#requireStartable(process, options);
    await this.#shim.task.start(this.#ref(process), options);
  }

  async kill(
    { execId, signal, all }: ProcessRef & { readonly signal: number; readonly all: boolean },
    options: CallOptions,
  ): Promise<void> {
    await this.#shim.task.kill({ ...this.#ref({ execId }), signal, all }, options);
  }

  async exec(request: ExecRequest, options: CallOptions): Promise<void> {
    const { execId, spec, stdin, stdout, stderr, terminal } = request;
    checkExecId(execId);
    const process = withValue(spec);
    // A shim in Go crashes without one.
    if (process === undefined) throw new InvalidArgumentError(`exec ${execId} has no process spec`);
    await this.#shim.task.exec(
      { id: this.id, execId, stdin, stdout, stderr, terminal, spec: anyField(process) },
      options,
    );
  }

  async deleteExec(execId: string, options: CallOptions): Promise<Exit> {
    return exitFrom(await this.#shim.task.delete(this.#ref({ execId }), options));
  }

  async pids(options: CallOptions): Promise<readonly ProcessInfo[]> {
    const { processes } = await this.#shim.task.pids(this.#self, options);
    return processes.map(({ pid, info }) => ({ pid, info: anyField(info) }));
  }

  async resizePty(
    { execId, width, height }: ProcessRef & { readonly width: number; readonly height: number },
    options: CallOptions,
  ): Promise<void> {
    await this.#shim.task.resizePty({ ...this.#ref({ execId }), width, height }, options);
  }

  async closeStdin(process: ProcessRef, options: CallOptions): Promise<void> {
    await this.#shim.task.closeIO({ ...this.#ref(process), stdin: true }, options);
  }

  async pause(options: CallOptions): Promise<void> {
    await this.#shim.task.pause(this.#self, options);
  }

  async resume(options: CallOptions): Promise<void> {
    await this.#shim.task.resume(this.#self, options);
  }

  async checkpoint(
    { path, options: criu }: { readonly path: string; readonly options?: Any | undefined },
    options: CallOptions,
  ): Promise<void> {
    await this.#shim.task.checkpoint({ id: this.id, path, options: anyField(criu) }, options);
  }

  async update(
    {
      resources,
      annotations,
    }: {
      readonly resources: Any | undefined;
      readonly annotations: Readonly<Record<string, string>>;
    },
    options: CallOptions,
  ): Promise<void> {
    const given = withValue(resources);
    // As of exec.
    if (given === undefined) throw new InvalidArgumentError(`update of task ${this.id} has no resources`);
    const request = { id: this.id, resources: anyField(given), annotations: { ...annotations } };
    await this.#shim.task.update(request, options);
  }

  async wait(process: ProcessRef, options: CallOptions): Promise<Exit> {
    const { exitStatus, exitedAt } = await this.#shim.task.wait(this.#ref(process), options);
    return exitFrom({ pid: 0, exitStatus, exitedAt });
  }

  async stats(options: CallOptions): Promise<Any | undefined> {
    return anyField((await this.#shim.task.stats(this.#self, options)).stats);
  }

  /** A shim in Go registers an exec that is started twice twice, tells its exit twice, and crashes at the end of init. */
  async #requireStartable(process: ProcessRef, options: CallOptions): Promise<void> {
    const { status } = await this.state(process, options);
    if (status === "running" || status === "stopped")
      throw new UnknownError(`cannot start a ${status} process`);
  }

  get #self(): { id: string } {
    return { id: this.id };
  }

  #ref({ execId = "" }: ProcessRef): { id: string; execId: string } {
    return { id: this.id, execId };
  }
}

/** @throws InvalidArgumentError `invalid exec id …`. */
function checkExecId(execId: string): void {
  if (execId === "") throw new InvalidArgumentError("exec id cannot be empty", { bare: true });
  try {
    validateIdentifier(execId);
  } catch (cause) {
    throw new InvalidArgumentError(`invalid exec id ${execId}`, { cause });
  }
}
