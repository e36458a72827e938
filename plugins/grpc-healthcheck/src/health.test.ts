import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from "@davit/api/health";
import { isNotFound } from "@davit/errdefs";
import { GrpcServer } from "@davit/grpc";
import { createClient, openChannel, type Client } from "@davit/grpc/client";
import { startPlugins } from "@davit/plugin";
import { GrpcHealthcheckPlugin } from "@davit/plugin-grpc-healthcheck";
import { GrpcPlugin } from "@davit/server";

async function serve(): Promise<AsyncDisposable & { readonly health: Client<typeof Health> }> {
  const stack = new AsyncDisposableStack();
  const set = stack.use(await startPlugins({ plugins: [GrpcHealthcheckPlugin], root: "/r", state: "/s" }));
  const server = new GrpcServer({ services: set.lookUp(GrpcPlugin).grpc });
  stack.defer(() => server.stop({ timeoutMs: 0 }));
  const channel = stack.use(openChannel(await server.listen({ host: "127.0.0.1", port: 0 })));
  return { health: createClient(Health, channel), [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test("Check of the daemon is SERVING, of any service NotFound", async () => {
  await using h = await serve();
  assert.equal((await h.health.check({})).status, ServingStatus.SERVING);
  await assert.rejects(
    h.health.check({ service: "containerd.services.images.v1.Images" }),
    (err: Error & { readonly what?: string }) => {
      assert.match(err.message, /^unknown service/);
      return isNotFound(err);
    },
  );
});

test("List has the daemon alone", async () => {
  await using h = await serve();
  const { statuses } = await h.health.list({});
  assert.deepEqual(
    Object.entries(statuses).map(([name, { status }]) => [name, status]),
    [["", ServingStatus.SERVING]],
  );
});

test("Watch answers once, and stays open until the client leaves", async () => {
  await using h = await serve();
  for (const [service, expected] of [
    ["", ServingStatus.SERVING],
    ["x.Y", ServingStatus.SERVICE_UNKNOWN],
  ] as const) {
    const watch = h.health.watch({ service });
    assert.equal((await watch.next()).value?.status, expected);
    const more = watch.next();
    assert.equal(await Promise.race([more, sleep(50, "open")]), "open");
    await watch.return();
    assert.equal((await more).done, true);
  }
});
