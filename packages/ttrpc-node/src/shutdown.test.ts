import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { createServer, type Server as Listener, type Socket } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, createClient, isClosed, sameUser, Server } from "ttrpc-node";
import { Echo } from "./testing/echo.ts";
import { RawPeer, serveEcho, startRig, temporaryFolder } from "./testing/rig.ts";

test("shutdown() lets calls in progress end, closes idle connections at once and listens no more", async () => {
  const go = Promise.withResolvers<void>();
  await using rig = await startRig((server) =>
    server.addService(Echo, {
      async say({ value }) {
        await go.promise;
        return { value };
      },
    }),
  );
  await using idle = await connect(rig.path);
  const call = createClient(Echo, rig.connection).say({ value: "in progress" });
  await sleep(10);
  const done = rig.server.shutdown();
  await idle.closed;
  await assert.rejects(connect(rig.path));
  assert.equal(existsSync(rig.path), false);
  assert.equal(rig.connection.isClosed, false);
  go.resolve();
  assert.equal((await call).value, "in progress");
  await done;
  await rig.connection.closed;
});

test("shutdown() aborts what still runs after its timeout", async () => {
  let reason: unknown;
  await using rig = await startRig((server) =>
    server.addService(Echo, {
      async say(_request, { signal }) {
        await sleep(60_000, undefined, { signal }).catch(() => (reason = signal.reason));
        return {};
      },
    }),
  );
  const rejection = assert.rejects(createClient(Echo, rig.connection).say({}), isClosed);
  await sleep(10);
  await rig.server.shutdown({ timeoutMs: 20 });
  await rejection;
  await sleep(1);
  assert.equal((reason as Error).name, "AbortError");
});

test("close() is abrupt, idempotent, and a server that is closed serves nobody", async () => {
  await using rig = await startRig();
  await rig.server.close();
  await rig.server.close();
  await rig.server.shutdown();
  await rig.connection.closed;
  const listener = createServer();
  rig.server.serve(listener);
  assert.equal(listener.listening, false);
});

test("listen() fails as the socket does", async () => {
  await using rig = await startRig();
  await using other = new Server();
  await assert.rejects(other.listen(rig.path), { code: "EADDRINUSE" });
});

test("serve() takes a listener of the caller's, accept() a single socket", async () => {
  await using folder = await temporaryFolder();
  await using server = serveEcho(new Server());
  const served = createServer();
  server.serve(served);
  const accepted = createServer((socket) => server.accept(socket));
  const listen = async (listener: Listener, name: string): Promise<string> => {
    await once(listener.listen({ path: join(folder.path, name) }), "listening");
    return join(folder.path, name);
  };
  for (const path of [await listen(served, "served"), await listen(accepted, "accepted")]) {
    await using connection = await connect(path);
    assert.equal((await createClient(Echo, connection).say({ value: "x" })).value, "x");
  }
  accepted.close();
});

test("a listener's later errors go to onError, not to the process", async () => {
  const errors: Error[] = [];
  await using server = new Server({ onError: (error) => errors.push(error) });
  const listener = createServer();
  server.serve(listener);
  listener.emit("error", new Error("EMFILE"));
  assert.deepEqual(
    errors.map(({ message }) => message),
    ["EMFILE"],
  );
});

test("without credentials everybody is served; with them only the same user and group", async () => {
  const own = { pid: 1, uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  assert.equal(sameUser(own), true);
  assert.equal(sameUser({ ...own, uid: own.uid + 1 }), false);
  assert.equal(sameUser({ ...own, gid: own.gid + 1 }), false);
  for (const [peer, served] of [
    [own, true],
    [{ ...own, uid: own.uid + 1 }, false],
    [{ ...own, gid: own.gid + 1 }, false],
  ] as const) {
    await using rig = await startRig(serveEcho, { peerCredentials: () => peer });
    const call = createClient(Echo, rig.connection).say({ value: "x" });
    if (served) assert.equal((await call).value, "x");
    else await assert.rejects(call, isClosed);
  }
});

test("authorize() decides on the socket and the credentials, and may take its time; the handler sees the peer", async () => {
  const seen: unknown[] = [];
  const peer = { pid: 7, uid: 12, gid: 34 };
  await using rig = await startRig(
    (server) =>
      server.addService(Echo, {
        say(_request, context) {
          seen.push(context.peer);
          return { value: String(context.socket.destroyed) };
        },
      }),
    {
      peerCredentials: (socket: Socket) => {
        assert.equal(socket.destroyed, false);
        return peer;
      },
      authorize: async (_socket, credentials) => {
        await sleep(5);
        return credentials?.uid === 12;
      },
    },
  );
  assert.equal((await createClient(Echo, rig.connection).say({})).value, "false");
  assert.deepEqual(seen, [peer]);
});

test("a peer is turned away without an answer when its credentials cannot be read or authorize() fails", async () => {
  const errors: string[] = [];
  const onError = ({ message }: Error): void => void errors.push(message);
  const fail = (): never => {
    throw new Error("no credentials");
  };
  for (const options of [{ peerCredentials: fail }, { authorize: fail }, { authorize: () => false }]) {
    await using rig = await startRig(serveEcho, { ...options, onError });
    using peer = new RawPeer(rig.path);
    assert.equal(await peer.next(), undefined);
  }
  assert.ok(errors.includes("no credentials"));
  assert.ok(errors.includes("the peer may not use this server"));
});
