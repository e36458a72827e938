import type { Snapshotter } from "@davit/snapshots";

let count = 0;

/** The snapshotter in a namespace that nobody else uses, whatever the options of a call say. */
export function inOwnNamespace(snapshotter: Snapshotter): Snapshotter & AsyncDisposable {
  const namespace = `suite-${count++}`;
  const view = new Proxy(snapshotter, {
    get(target, name) {
      if (name === Symbol.asyncDispose) return async () => {};
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== "function") return method;
      // The options are the last argument of every method.
      return (...args: unknown[]) =>
        Reflect.apply(method, target, [...args.slice(0, -1), { ...(args.at(-1) as object), namespace }]);
    },
  });
  return view as Snapshotter & AsyncDisposable;
}
