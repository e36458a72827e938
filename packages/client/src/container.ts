import type { Container as ContainerRecord } from "@davit/api/services/containers";
import { FailedPreconditionError, isNotFound, NotFoundError, quote } from "@davit/errdefs";
import type { Spec } from "@davit/oci";
import { jsonType, OCI_SPEC_URL, unpackAny, type Any, type JsonType } from "@davit/typeurl";
import { attachIo, openIo, type IoOptions } from "./process-io.ts";
import type { Abortable, Session } from "./session.ts";
import { Task } from "./task.ts";

/** The type of a container's spec in an Any. */
export const SPEC: JsonType<Spec> = jsonType<Spec>(OCI_SPEC_URL);

/** A container: a record in the daemon, which may have a task. */
export class Container {
  readonly id: string;
  readonly #session: Session;

  constructor(session: Session, id: string) {
    this.#session = session;
    this.id = id;
  }

  /** @throws NotFoundError `container "x" in namespace "y": not found`. */
  async info(options: Abortable = {}): Promise<ContainerRecord> {
    const { container } = await this.#session.services.containers.get({ id: this.id }, options);
    if (container === undefined) throw new NotFoundError(`container ${quote(this.id)}`);
    return container;
  }

  /** @throws NotFoundError when the record has none. */
  async spec(options: Abortable = {}): Promise<Spec> {
    const { spec } = await this.info(options);
    if (spec === undefined) throw new NotFoundError(`spec of container ${quote(this.id)}`);
    return unpackAny(spec, SPEC);
  }

  /**
   * Makes the container's task, with its snapshot as root file system; it is still to be started.
   * @param options `runtimeOptions` go to the shim, instead of the container's.
   * @throws AlreadyExistsError when it has one.
   */
  async createTask({
    io: ioOptions,
    runtimeOptions,
    signal,
  }: Abortable & { readonly io: IoOptions; readonly runtimeOptions?: Any | undefined }): Promise<Task> {
    const { services, fifoDir } = this.#session;
    const { snapshotter, snapshotKey } = await this.info({ signal });
    const { mounts } =
      snapshotKey === ""
        ? { mounts: [] }
        : await services.snapshots.mounts({ snapshotter, key: snapshotKey }, { signal });
    const io = await openIo(fifoDir, this.id, ioOptions);
    try {
      await services.tasks.create(
        {
          containerId: this.id,
          rootfs: mounts,
          terminal: io.terminal,
          ...io.paths,
          ...(runtimeOptions && { options: runtimeOptions }),
        },
        { signal },
      );
    } catch (err) {
      await io[Symbol.asyncDispose]();
      throw err;
    }
    return new Task(this.#session, this.id, "", io);
  }

  /**
   * The task the container has.
   * @param options `attach` joins its streams, with or without its input.
   * @throws NotFoundError when it has none.
   */
  async task({ attach, signal }: Abortable & { readonly attach?: { stdin: boolean } } = {}): Promise<Task> {
    const { process } = await this.#session.services.tasks.get({ containerId: this.id }, { signal });
    if (process === undefined) throw new NotFoundError(`task ${quote(this.id)}`);
    const { stdin, stdout, stderr, terminal } = process;
    const io =
      attach === undefined
        ? await openIo(this.#session.fifoDir, this.id, null)
        : attachIo({ stdin, stdout, stderr }, terminal, attach);
    return new Task(this.#session, this.id, "", io);
  }

  /** The task, or undefined. */
  async taskIfAny(options: Abortable = {}): Promise<Task | undefined> {
    try {
      return await this.task(options);
    } catch (err) {
      if (isNotFound(err)) return undefined;
      throw err;
    }
  }

  /**
   * Removes the container and, unless `keepSnapshot`, its snapshot.
   * @throws NotFoundError; FailedPreconditionError while it has a task.
   */
  async delete({ keepSnapshot = false, signal }: Abortable & { keepSnapshot?: boolean } = {}): Promise<void> {
    const { services } = this.#session;
    const { snapshotter, snapshotKey } = await this.info({ signal });
    // The daemon would let it happen, and the task stay without a record.
    if ((await this.taskIfAny({ signal })) !== undefined)
      throw new FailedPreconditionError(`cannot delete container ${quote(this.id)}: it has a task`);
    await services.containers.delete({ id: this.id }, { signal });
    if (keepSnapshot || snapshotKey === "") return;
    try {
      await services.snapshots.remove({ snapshotter, key: snapshotKey }, { signal });
    } catch (err) {
      if (!isNotFound(err)) throw err;
    }
  }
}
