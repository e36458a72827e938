import assert from "node:assert/strict";
import { once } from "node:events";
import { openSync, closeSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { fdOf, peerCredentials } from "@davit/sys";
import { temporary } from "./testing/temporary.ts";

test("peerCredentials tells pid, uid and gid of both ends of a unix socket", async (t) => {
  using dir = temporary();
  const path = join(dir.path, "socket");
  const server = createServer();
  t.after(() => server.close());
  server.listen(path);
  await once(server, "listening");
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const client = connect(path);
  const [socket] = await accepted;
  if (client.connecting) await once(client, "connect");
  const us = { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() };
  assert.deepEqual(peerCredentials(socket), us);
  assert.deepEqual(peerCredentials(fdOf(client)), us);
  client.destroy();
  socket.destroy();
  assert.throws(() => peerCredentials(client), /not open/);
});

test("fdOf gives a listening server's descriptor", async (t) => {
  using dir = temporary();
  const server = createServer();
  assert.throws(() => fdOf(server), /not open/);
  server.listen(join(dir.path, "socket"));
  t.after(() => server.close());
  await once(server, "listening");
  assert.ok(fdOf(server) > 2);
});

test("a descriptor that is no socket is ENOTSOCK", () => {
  const fd = openSync("/dev/null", "r");
  try {
    assert.throws(() => peerCredentials(fd), { code: "ENOTSOCK", syscall: "getsockopt" });
  } finally {
    closeSync(fd);
  }
});
