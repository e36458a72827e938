import { NotFoundError } from "@davit/errdefs";
import type { CallOptions } from "@davit/namespaces";
import { requireNamespace } from "@davit/namespaces";
import type { CreateTask, Exit, Task, TaskRuntime } from "@davit/runtime";
import type { Any } from "@davit/typeurl";

/** What a fake task answers, by method; a method that is not there answers nothing. */
export type TaskAnswers = Partial<Record<keyof Task, (request: never) => unknown>>;

/** Tasks in memory: notes what it is asked. */
export class FakeRuntime implements TaskRuntime {
  readonly id = "task";
  readonly calls: unknown[][] = [];
  readonly created: CreateTask[] = [];
  readonly #tasks = new Map<string, Task>();
  deleted: Exit | Error = { pid: 5, status: 3, exitedAt: 7n };

  /** Adds a task that was there before. */
  add(id: string, answers: TaskAnswers = {}, namespace = "default"): Task {
    const method = (name: string) => async (first: unknown, second?: CallOptions) => {
      this.calls.push(second === undefined ? [name] : [name, first]);
      return answers[name as keyof Task]?.(first as never);
    };
    const get = (_target: object, name: string | symbol): unknown => {
      if (name === "id") return id;
      if (name === "namespace") return namespace;
      return name === "then" ? undefined : method(String(name));
    };
    const nothing: object = {};
    const task = new Proxy<Task>(nothing as Task, { get });
    this.#tasks.set(`${namespace}/${id}`, task);
    return task;
  }

  async create(id: string, request: CreateTask, { namespace }: CallOptions): Promise<Task> {
    this.created.push(request);
    return this.add(id, { pid: () => 42 }, namespace);
  }

  get(id: string, options: CallOptions): Task {
    const task = this.#tasks.get(`${requireNamespace(options)}/${id}`);
    if (task === undefined) throw new NotFoundError(`task ${id} not found`, { bare: true });
    return task;
  }

  list({ namespace, all = false }: CallOptions & { readonly all?: boolean | undefined }): readonly Task[] {
    const tasks = [...this.#tasks.values()];
    return all ? tasks : tasks.filter((task) => task.namespace === requireNamespace({ namespace }));
  }

  async delete(id: string): Promise<Exit> {
    this.calls.push(["runtime.delete", id]);
    if (this.deleted instanceof Error) throw this.deleted;
    return this.deleted;
  }

  async pluginInfo(request: Any): Promise<Any> {
    return request;
  }
}
