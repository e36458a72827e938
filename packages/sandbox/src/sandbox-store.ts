import type { CallOptions } from "@davit/namespaces";
import { pluginType, type PluginType } from "@davit/plugin";
import type { Any } from "@davit/typeurl";

export const SandboxStorePlugin: PluginType<SandboxStore> = pluginType<SandboxStore>(
  "io.containerd.sandbox.store.v1",
);

/** A sandbox's record. Instants are nanoseconds since 1970. */
export interface Sandbox {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly runtime: { readonly name: string; readonly options?: Any | undefined };
  readonly spec?: Any | undefined;
  readonly sandboxer: string;
  readonly createdAt: bigint;
  readonly updatedAt: bigint;
  readonly extensions: Readonly<Record<string, Any>>;
}

export type NewSandbox = Omit<Sandbox, "createdAt" | "updatedAt">;

/** Sandboxes of a namespace (containerd core/sandbox; texts of errors in reference 01 §5.10). */
export interface SandboxStore {
  create(sandbox: NewSandbox, options: CallOptions): Promise<Sandbox>;
  /** `fieldpaths`: `labels`, `labels.<k>`, `extensions`, `extensions.<k>`, `runtime`, `spec`; none takes all of these. */
  update(
    sandbox: NewSandbox,
    options: CallOptions & { readonly fieldpaths?: readonly string[] | undefined },
  ): Promise<Sandbox>;
  get(id: string, options: CallOptions): Promise<Sandbox>;
  list(
    options: CallOptions & { readonly filters?: readonly string[] | undefined },
  ): Promise<readonly Sandbox[]>;
  delete(id: string, options: CallOptions): Promise<void>;
}
