import assert from "node:assert/strict";
import { test } from "node:test";
import { Kind, Snapshots } from "@davit/api/services/snapshots";
import {
  DavitError,
  FailedPreconditionError,
  InternalError,
  isCanceled,
  isUnavailable,
  UnknownError,
  type ErrorKind,
} from "@davit/errdefs";
import { GrpcServer, implement, type ServiceMethods } from "@davit/grpc";
import { openChannel } from "@davit/grpc/client";
import type { CallOptions } from "@davit/namespaces";
import { ProxySnapshotter } from "@davit/snapshots-proxy";

const options = { namespace: "default" };

/** Runs `body` with a proxy to a server that has these methods. */
async function withServer(
  methods: Partial<ServiceMethods<typeof Snapshots>>,
  body: (proxy: ProxySnapshotter) => Promise<void>,
): Promise<void> {
  await using server = new GrpcServer({ services: [implement(Snapshots, methods)] });
  using channel = openChannel(await server.listen({ host: "127.0.0.1", port: 0 }));
  await body(new ProxySnapshotter(channel, "mine"));
}

test("each request names the snapshotter, the namespace and the lease", async () => {
  const seen: unknown[] = [];
  const see = async (request: object, { namespace, lease }: CallOptions) => {
    const { $typeName, ...fields } = request as Record<string, unknown>;
    seen.push({ ...fields, called: String($typeName).split(".").at(-1), namespace, lease });
    return {};
  };
  await withServer({ prepare: see, commit: see, remove: see, cleanup: see }, async (proxy) => {
    const leased = { ...options, lease: "l" };
    await proxy.prepare("key", "parent", { ...leased, labels: { a: "1" } });
    await proxy.commit("name", "key", { ...options, parent: "base" });
    await proxy.remove("key", options);
    await proxy.cleanup(options);
  });
  const common = { snapshotter: "mine", namespace: "default", lease: undefined };
  const commit = { name: "name", key: "key", parent: "base", labels: {} };
  assert.deepEqual(seen, [
    {
      ...common,
      called: "PrepareSnapshotRequest",
      lease: "l",
      key: "key",
      parent: "parent",
      labels: { a: "1" },
    },
    { ...common, called: "CommitSnapshotRequest", ...commit },
    { ...common, called: "RemoveSnapshotRequest", key: "key" },
    { ...common, called: "CleanupRequest" },
  ]);
});

test("errors keep their kind and text", async () => {
  const kinds: ErrorKind[] = [
    "NotFound",
    "AlreadyExists",
    "InvalidArgument",
    "FailedPrecondition",
    "NotImplemented",
  ];
  for (const kind of kinds) {
    const thrown = new DavitError(kind, "snapshot k");
    const stat = () => Promise.reject(thrown);
    await withServer({ stat }, (proxy) =>
      assert.rejects(proxy.stat("k", options), { name: `${kind}Error`, message: thrown.message }),
    );
  }
  const list = async function* () {
    yield* [];
    throw new UnknownError("bucket name required");
  };
  await withServer({ list }, (proxy) =>
    assert.rejects(Array.fromAsync(proxy.list(options)), { message: "bucket name required" }),
  );
});

test("a method that the server lacks is NotImplemented", async () => {
  await withServer({}, (proxy) => assert.rejects(proxy.cleanup(options), { name: "NotImplementedError" }));
});

test("an answer without an info, or with an unknown kind, is Internal", async () => {
  const update = async () => ({ info: { kind: 7 as Kind } });
  await withServer({ stat: async () => ({}), update }, async (proxy) => {
    await assert.rejects(proxy.stat("k", options), InternalError);
    await assert.rejects(proxy.update({ name: "k", labels: {} }, options), /unknown kind 7/);
  });
});

test("update() without field paths sends no mask", async () => {
  const masks: unknown[] = [];
  const update: ServiceMethods<typeof Snapshots>["update"] = async ({ updateMask }) => {
    masks.push(updateMask?.paths);
    return { info: { kind: Kind.ACTIVE } };
  };
  await withServer({ update }, async (proxy) => {
    await proxy.update({ name: "k", labels: {} }, options);
    await proxy.update({ name: "k", labels: {} }, { ...options, fieldpaths: ["labels.a"] });
  });
  assert.deepEqual(masks, [undefined, ["labels.a"]]);
});

test("a list ends early when its reader does", async () => {
  const ended = Promise.withResolvers<void>();
  const list = async function* () {
    try {
      for (;;) yield { info: [{ name: "k", kind: Kind.ACTIVE }] };
    } finally {
      ended.resolve();
    }
  };
  await withServer({ list }, async (proxy) => {
    for await (const info of proxy.list(options)) {
      assert.equal(info.kind, "active");
      break;
    }
    await ended.promise;
  });
});

test("an aborted signal cancels the call", async () => {
  const abort = new AbortController();
  const usage = async (_: unknown, { signal }: { signal?: AbortSignal | undefined }) => {
    abort.abort();
    await new Promise((_resolve, reject) => signal?.addEventListener("abort", reject));
    return {};
  };
  await withServer({ usage }, (proxy) =>
    assert.rejects(proxy.usage("k", { ...options, signal: abort.signal }), isCanceled),
  );
});

test("a server that is away is Unavailable", async () => {
  using channel = openChannel("/nonexistent/snapshotter.sock");
  await assert.rejects(new ProxySnapshotter(channel, "mine").mounts("k", options), isUnavailable);
});

test("a FailedPrecondition without its text stays as it is", async () => {
  const remove = () => Promise.reject(new FailedPreconditionError("busy", { bare: true }));
  await withServer({ remove }, (proxy) => assert.rejects(proxy.remove("k", options), { message: "busy" }));
});
