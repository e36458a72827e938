import { after, before, describe, test } from "node:test";
import { MetadataPlugin } from "@davit/metadata";
import { ProxySnapshotter } from "@davit/snapshots-proxy";
import { snapshotterSuite } from "@davit/snapshots-testsuite";
import { connectDaemon, disposable, startDaemon } from "./daemon.ts";

const STORE = ["content.v1.content", "event.v1.exchange", "metadata.v1.level"];
const SERVICE = ["service.v1.snapshots-service", "grpc.v1.snapshots"];
const isRoot = process.getuid?.() === 0;

for (const name of ["overlayfs", "native"]) {
  const backend = `snapshotter.v1.${name}`;
  // The metadata layer ignores another parent at the commit, and frees nothing before garbage is collected.
  const supports = { rebase: name === "overlayfs", mounts: true };

  describe(`${name} behind metadata-level`, { skip: isRoot ? false : "needs root" }, () => {
    const open = async () => {
      const running = await startDaemon([...STORE, backend]);
      const snapshotter = running.daemon.plugins.lookUp(MetadataPlugin).snapshotters.get(name);
      if (snapshotter === undefined) throw new Error(`${name} is not in the metadata store`);
      return disposable(snapshotter, () => running[Symbol.asyncDispose]());
    };
    snapshotterSuite({ test, open, supports });
  });

  describe(`${name} through a daemon`, { skip: isRoot ? false : "needs root" }, () => {
    let running: Awaited<ReturnType<typeof connectDaemon>>;
    before(async () => {
      running = await connectDaemon([...STORE, backend, ...SERVICE]);
    });
    after(() => running[Symbol.asyncDispose]());
    let count = 0;
    const open = async () => {
      // The suite wants an empty snapshotter: a namespace of its own is one.
      const namespace = `suite-${count++}`;
      const proxy = new ProxySnapshotter(running.channel, name);
      return disposable(inNamespace(proxy, namespace), async () => undefined);
    };
    snapshotterSuite({ test, open, supports });
  });
}

/** Sends every call of a snapshotter to one namespace, whatever the caller names. */
function inNamespace<T extends object>(target: T, namespace: string): T {
  return new Proxy(target, {
    get(inner, key) {
      const member: unknown = Reflect.get(inner, key, inner);
      if (typeof member !== "function") return member;
      return (...args: unknown[]): unknown =>
        Reflect.apply(
          member,
          inner,
          args.map((arg) =>
            typeof arg === "object" && arg !== null && "namespace" in arg ? { ...arg, namespace } : arg,
          ),
        );
    },
  });
}
