import { Tasks } from "@davit/api/services/tasks";
import type { Container, ContainerStore } from "@davit/containers";
import { NotFoundError, quote, toStatus, type Status } from "@davit/errdefs";
import { GrpcServer } from "@davit/grpc";
import { createClient, openChannel, type Client } from "@davit/grpc/client";
import type { CallOptions } from "@davit/namespaces";
import { silent } from "@davit/plugin";
import type { TaskMonitor } from "@davit/runtime";
import { implement } from "@davit/server";
import type { Any } from "@davit/typeurl";
import { tasksService } from "../service.ts";
import { FakeRuntime } from "./fake-runtime.ts";

export const options: CallOptions = { namespace: "default" };
export const SPEC: Any = { typeUrl: "spec", value: Uint8Array.of(123, 125) };

/** Containers by id, with the runtime `io.containerd.runc.v2`. */
export function containersOf(
  records: Readonly<Record<string, Partial<Container>>>,
): Pick<ContainerStore, "get"> {
  return {
    async get(id, { namespace }) {
      const record = records[id];
      if (record === undefined)
        throw new NotFoundError(`container ${quote(id)} in namespace ${quote(namespace)}`);
      const runtime = { name: "io.containerd.runc.v2" };
      return { id, runtime, spec: SPEC, sandboxId: "", ...record } as Container;
    },
  };
}

export interface Fixture extends AsyncDisposable {
  readonly client: Client<typeof Tasks>;
  readonly runtime: FakeRuntime;
  /** Deprecations that were told. */
  readonly emitted: string[];
}

/** Serves the tasks service over a fake runtime; the containers default to `c1` alone. */
export async function startService({
  monitor,
  containers = { c1: {} },
}: {
  readonly monitor?: TaskMonitor;
  readonly containers?: Readonly<Record<string, Partial<Container>>>;
} = {}): Promise<Fixture> {
  const runtime = new FakeRuntime();
  const emitted: string[] = [];
  const service = tasksService({
    containers: containersOf(containers),
    runtime,
    monitor,
    warnings: { emit: (id) => void emitted.push(id) },
    log: silent,
  });
  const server = new GrpcServer({ services: [implement(Tasks, service)] });
  const channel = openChannel(await server.listen({ host: "127.0.0.1", port: 0 }));
  return {
    client: createClient(Tasks, channel),
    runtime,
    emitted,
    async [Symbol.asyncDispose]() {
      channel.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** The code and text that a client is answered. */
export async function failure(call: Promise<unknown>): Promise<[code: number, message: string]> {
  try {
    await call;
  } catch (error) {
    const { code, message }: Status = toStatus(error);
    return [code, message];
  }
  throw new Error("the call succeeded");
}
