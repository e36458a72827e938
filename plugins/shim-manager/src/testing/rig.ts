import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Events } from "@davit/api/services/ttrpc-events";
import { silent } from "@davit/plugin";
import type { BundleFolders } from "@davit/runtime";
import { fromTimestamp } from "@davit/time";
import { Server } from "ttrpc-node";
import { LogSink } from "../log-fifo.ts";
import { LocalShimManager, type ShimManagerOptions } from "../manager.ts";
import { MemoryEvents, memoryMetadata } from "./memory.ts";
import { temporaryDirectory } from "./temporary.ts";

let count = 0;

/** A daemon's surroundings: directories, a ttrpc server that takes shims' events, and managers over them. */
export interface Rig extends AsyncDisposable {
  readonly path: string;
  readonly namespace: string;
  readonly folders: BundleFolders;
  readonly events: MemoryEvents;
  readonly grpcAddress: string;
  /** What shims wrote to their logs. */
  readonly logged: () => string;
  /** A manager over the same directories; disposed with the rig if not before. */
  manager(options?: Partial<ShimManagerOptions>): LocalShimManager;
  /** Registers what is to be undone at the end, the last first. */
  defer(fn: () => unknown): void;
}

export async function startRig(): Promise<Rig> {
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryDirectory());
  const folders = { root: join(path, "root"), state: join(path, "state") };
  for (const folder of Object.values(folders)) await mkdir(folder);
  const events = new MemoryEvents();
  const grpcAddress = join(path, "d.sock");
  await serveEvents(stack, `${grpcAddress}.ttrpc`, events);
  const chunks: Buffer[] = [];
  const logSink = new LogSink({
    write: (chunk: Uint8Array) => chunks.push(Buffer.from(chunk)) > 0,
    once: () => process.stderr,
  });
  const daemon = {
    grpcAddress,
    ttrpcAddress: `${grpcAddress}.ttrpc`,
    version: "1.2.3",
    executable: process.execPath,
    logLevel: "info",
  } as const;
  const common = {
    events,
    metadata: memoryMetadata(),
    daemon,
    socketDir: join(path, "s"),
    log: silent,
    logSink,
  };
  const owned = stack.move();
  return {
    path,
    namespace: `dsm-${process.pid}-${++count}`,
    folders,
    events,
    grpcAddress,
    logged: () => Buffer.concat(chunks).toString(),
    manager: (options) => owned.use(new LocalShimManager({ ...common, ...options })),
    defer: (fn) => owned.defer(async () => void (await fn())),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function serveEvents(stack: AsyncDisposableStack, path: string, events: MemoryEvents): Promise<void> {
  const server = stack.use(new Server());
  server.addService(Events, {
    async forward({ envelope }) {
      if (envelope === undefined) throw new Error("no envelope");
      const { timestamp, namespace, topic, event } = envelope;
      await events.forward({ timestamp: fromTimestamp(timestamp), namespace, topic, event });
      return {};
    },
  });
  await server.listen(path);
}
