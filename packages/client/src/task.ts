import { randomBytes } from "node:crypto";
import type { ProcessInfo } from "@davit/api/types/task";
import { InvalidArgumentError } from "@davit/errdefs";
import { mergeEnv, resolveUser, type Process as ProcessSpec } from "@davit/oci";
import { jsonType, OCI_PROCESS_URL, packAny } from "@davit/typeurl";
import { openIo, type IoOptions } from "./process-io.ts";
import { Process } from "./process.ts";
import type { Abortable } from "./session.ts";

const PROCESS = jsonType<ProcessSpec>(OCI_PROCESS_URL);

/** What is executed in a container, beside what its own process says. */
export interface ExecOptions extends Abortable {
  /** The program and its arguments. */
  readonly args: readonly string[];
  /** Default random. */
  readonly id?: string | undefined;
  readonly cwd?: string | undefined;
  /** Over the container's variables; see `mergeEnv`. */
  readonly env?: readonly string[] | undefined;
  /** `user[:group]`, by the container's accounts. */
  readonly user?: string | undefined;
  readonly io: IoOptions;
}

/** The first process of a container. */
export class Task extends Process {
  /**
   * Makes a process in the container; it is still to be started.
   * @param spec the container's own process, whose capabilities, limits and so on it takes.
   * @throws AlreadyExistsError when the id is taken; NotFoundError for a user that the container does not have.
   */
  async exec(spec: ProcessSpec, options: ExecOptions): Promise<Process> {
    const { args, id = randomBytes(8).toString("hex"), cwd, env = [], user, signal } = options;
    if (args.length === 0) throw new InvalidArgumentError("no arguments specified");
    const io = await openIo(this.session.fifoDir, id, options.io);
    const terminal = io.terminal;
    const process: ProcessSpec = {
      ...spec,
      args: [...args],
      terminal,
      env: mergeEnv([...(spec.env ?? []), ...(terminal ? ["TERM=xterm"] : [])], env),
      ...(cwd !== undefined && { cwd }),
    };
    try {
      if (user !== undefined) process.user = await resolveUser(await this.#root({ signal }), user);
      await this.session.services.tasks.exec(
        { containerId: this.containerId, execId: id, terminal, ...io.paths, spec: packAny(PROCESS, process) },
        { signal },
      );
    } catch (err) {
      await io[Symbol.asyncDispose]();
      throw err;
    }
    return new Process(this.session, this.containerId, id, io);
  }

  /** Its processes. */
  async pids(options: Abortable = {}): Promise<readonly ProcessInfo[]> {
    const { containerId } = this;
    const { processes } = await this.session.services.tasks.listPids({ containerId }, options);
    return processes;
  }

  async pause({ signal }: Abortable = {}): Promise<void> {
    await this.session.services.tasks.pause({ containerId: this.containerId }, { signal });
  }

  async resume({ signal }: Abortable = {}): Promise<void> {
    await this.session.services.tasks.resume({ containerId: this.containerId }, { signal });
  }

  /** The root file system as the running process sees it. */
  async #root(options: Abortable): Promise<string> {
    return `/proc/${(await this.status(options)).pid}/root`;
  }
}
