import { create } from "@bufbuild/protobuf";
import type { Task as TaskApi } from "@davit/api/runtime/task-v3";
import { RuntimeInfoSchema, type RuntimeInfo } from "@davit/api/types";
import { AlreadyExistsError } from "@davit/errdefs";
import type { CallOptions } from "@davit/namespaces";
import type {
  BundleFolders,
  LoadedShims,
  RemoveShim,
  Shim,
  ShimClient,
  ShimManager,
  StartShimRequest,
} from "@davit/runtime";

type Answers = Partial<
  Record<keyof ShimClient<typeof TaskApi>, (request: never, options: CallOptions) => unknown>
>;

/** A call that a shim was sent. */
export interface Call {
  readonly method: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly options: CallOptions;
}

/** Shims in memory. `answers` say what their task service answers; what is not there answers nothing. */
export class FakeShims implements ShimManager {
  readonly calls: Call[] = [];
  readonly removed: (RemoveShim & { readonly id: string; readonly listed: boolean })[] = [];
  readonly started: StartShimRequest[] = [];
  readonly loaded: BundleFolders[] = [];
  readonly #shims = new Map<string, Shim>();
  answers: Answers = {};
  info: Partial<RuntimeInfo> | Error = {};
  startError: Error | undefined;

  async resolveRuntime(runtime: string): Promise<string> {
    return `/bin/${runtime}`;
  }

  async runtimeInfo(runtime: string): Promise<RuntimeInfo> {
    if (this.info instanceof Error) throw this.info;
    return create(RuntimeInfoSchema, { name: runtime, ...this.info } as object);
  }

  async start(request: StartShimRequest, { namespace }: CallOptions): Promise<Shim> {
    if (this.startError) throw this.startError;
    if (this.get(namespace, request.id)) throw new AlreadyExistsError(`task ${request.id}`);
    this.started.push(request);
    return this.add(namespace, request.id, request.folders);
  }

  /** Lists a shim that was not started here. */
  add(namespace: string, id: string, folders: BundleFolders): Shim {
    const key = `${namespace}/${id}`;
    const forget = (): boolean => this.#shims.delete(key);
    const shim: Shim = {
      id,
      namespace,
      folders,
      bundle: { id, namespace, folders, path: `${folders.state}/${key}`, workPath: `${folders.root}/${key}` },
      endpoint: { version: 3, address: "unix:///x", protocol: "ttrpc" },
      binary: "/bin/shim",
      sandboxId: "",
      task: this.#task(),
      client: () => {
        throw new Error("no other service");
      },
      closed: new Promise(() => {}),
      forget,
      remove: async (options: RemoveShim) => {
        this.removed.push({ id, ...options, listed: forget() });
      },
    } as Shim;
    this.#shims.set(key, shim);
    return shim;
  }

  get(namespace: string, id: string): Shim | undefined {
    return this.#shims.get(`${namespace}/${id}`);
  }

  list(namespace?: string): readonly Shim[] {
    return [...this.#shims.values()].filter(
      (shim) => namespace === undefined || shim.namespace === namespace,
    );
  }

  async load(folders: BundleFolders): Promise<LoadedShims> {
    this.loaded.push(folders);
    return { shims: [], removed: 0 };
  }

  methods(): string[] {
    return this.calls.map(({ method }) => method);
  }

  #task(): ShimClient<typeof TaskApi> {
    const call = (method: string) => async (request: never, options: CallOptions) => {
      this.calls.push({ method, request, options });
      options.signal?.throwIfAborted();
      const answer = this.answers[method as keyof Answers];
      return (await answer?.(request, options)) ?? {};
    };
    return new Proxy({} as ShimClient<typeof TaskApi>, { get: (_target, method) => call(String(method)) });
  }
}
