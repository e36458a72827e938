import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDaemon, type Daemon } from "@davit/daemon";
import { plugins } from "@davit/davitd";
import { openChannel, type Channel } from "@davit/grpc/client";
import { registrationOf } from "@davit/plugin";

/** A daemon of some of davitd's plugins in a directory of its own; disposing it removes the directory. */
export interface TestDaemon extends AsyncDisposable {
  readonly daemon: Daemon;
  /** The socket, where a server is among the plugins. */
  readonly address: string;
}

/** @param uris without the common `io.containerd.`. */
export async function startDaemon(uris: readonly string[]): Promise<TestDaemon> {
  const wanted = uris.map((uri) => `io.containerd.${uri}`);
  const chosen = plugins.filter((plugin) => wanted.includes(registrationOf(plugin).uri));
  const missing = wanted.filter((uri) => !chosen.some((plugin) => registrationOf(plugin).uri === uri));
  if (missing.length > 0) throw new Error(`davitd lacks ${missing.join(", ")}`);
  const dir = await mkdtemp(join(tmpdir(), "davit-conformance-"));
  const address = join(dir, "d.sock");
  const daemon = await createDaemon({
    plugins: chosen,
    root: join(dir, "root"),
    state: join(dir, "state"),
    address,
  });
  const failed = daemon.plugins.infos().filter(({ state }) => state === "failed" || state === "skipped");
  if (failed.length > 0)
    throw new Error(failed.map(({ uri, error }) => `${uri}: ${String(error)}`).join("\n"));
  return {
    daemon,
    address,
    async [Symbol.asyncDispose]() {
      await daemon[Symbol.asyncDispose]();
      await rm(dir, { recursive: true });
    },
  };
}

/** A daemon and a channel to it. */
export async function connectDaemon(
  uris: readonly string[],
): Promise<{ channel: Channel } & AsyncDisposable> {
  const running = await startDaemon([...uris, "server.v1.grpc"]);
  const channel = openChannel(running.address);
  return {
    channel,
    async [Symbol.asyncDispose]() {
      channel.close();
      await running[Symbol.asyncDispose]();
    },
  };
}

/** The same object, with a disposer of its own that goes before. */
export function disposable<T extends object>(
  value: T,
  dispose: () => PromiseLike<void>,
): T & AsyncDisposable {
  return new Proxy(value as T & AsyncDisposable, {
    get(target, key) {
      if (key === Symbol.asyncDispose) return dispose;
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
}
