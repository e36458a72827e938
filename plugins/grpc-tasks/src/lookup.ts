import { isNotFound } from "@davit/errdefs";
import type { Container, ContainerStore } from "@davit/containers";
import { requireNamespace, type CallOptions } from "@davit/namespaces";
import type { Task, TaskRuntime } from "@davit/runtime";

/** Finds what a request names. */
export class Lookup {
  readonly #containers: Pick<ContainerStore, "get">;
  readonly #runtime: TaskRuntime;

  constructor(containers: Pick<ContainerStore, "get">, runtime: TaskRuntime) {
    this.#containers = containers;
    this.#runtime = runtime;
  }

  /** @throws NotFoundError `container "x" in namespace "ns"`; FailedPreconditionError without a namespace. */
  container(id: string, options: CallOptions): Promise<Container> {
    requireNamespace(options);
    return this.#containers.get(id, options);
  }

  /** The task of a container that is there. @throws NotFoundError of the container, or `task <id> not found`. */
  async task(id: string, options: CallOptions): Promise<Task> {
    await this.container(id, options);
    return this.#runtime.get(id, options);
  }

  /** Whether the container has a task. */
  hasTask(id: string, options: CallOptions): boolean {
    try {
      this.#runtime.get(id, options);
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }
}
