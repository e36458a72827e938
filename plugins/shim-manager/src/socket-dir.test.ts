import assert from "node:assert/strict";
import { chmod, mkdir, rmdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { isInvalidArgument } from "@davit/errdefs";
import { MAX_SOCKET_DIR, socketDir } from "./socket-dir.ts";
import { temporaryDirectory } from "./testing/temporary.ts";

const uid = process.geteuid?.() ?? 0;

test("by default it is `s` beside the plugins of this daemon, for its user alone", async () => {
  await using dir = await temporaryDirectory();
  const state = join(dir.path, "io.containerd.shim.v1.manager");
  const path = await socketDir({ configured: "", state, uid });
  assert.equal(path, join(dir.path, "s"));
  assert.equal((await stat(path)).mode & 0o777, 0o700);
});

test("a state directory that leaves no room is passed by", async () => {
  await using dir = await temporaryDirectory();
  const state = join(dir.path, "a".repeat(MAX_SOCKET_DIR), "io.containerd.shim.v1.manager");
  const path = await socketDir({ configured: "", state, uid, runRoot: dir.path });
  assert.equal(path, join(dir.path, "davit/s"));
});

test("one that others may write to, or that is a file, is passed by", async () => {
  await using dir = await temporaryDirectory();
  const own = join(dir.path, "s");
  const facts = { configured: "", state: join(dir.path, "x"), uid, runRoot: join(dir.path, "run") };
  await mkdir(own);
  await chmod(own, 0o777);
  assert.equal(await socketDir(facts), join(dir.path, "run/davit/s"));
  await rmdir(own);
  await writeFile(own, "");
  assert.equal(await socketDir(facts), join(dir.path, "run/davit/s"));
});

test("without root more places are tried; with none that is usable they are named", async () => {
  await using dir = await temporaryDirectory();
  const blocked = join(dir.path, "no");
  await writeFile(blocked, "");
  const roots = { runRoot: blocked, tmpRoot: blocked, runtimeDir: dir.path };
  const facts = { configured: "", state: join(blocked, "x"), ...roots };
  const other = uid === 0 ? 1 : uid; // as root the directory made is not that user's
  if (uid !== 0) assert.equal(await socketDir({ ...facts, uid }), join(dir.path, "davit/s"));
  await assert.rejects(
    socketDir({ ...facts, uid: other, runtimeDir: blocked }),
    new RegExp(`is usable: ${blocked}/s, .*${blocked}/${other}/davit/s, ${blocked}/davit-s-${other}$`),
  );
});

test("a configured one is taken as it is, if it is absolute and short", async () => {
  await using dir = await temporaryDirectory();
  const configured = join(dir.path, "sockets");
  assert.equal(await socketDir({ configured, state: "/x/y", uid }), configured);
  const bad = (path: string): Promise<string> => socketDir({ configured: path, state: "/x/y", uid });
  await assert.rejects(bad("s"), isInvalidArgument);
  await assert.rejects(bad(`/${"a".repeat(MAX_SOCKET_DIR)}`), isInvalidArgument);
});
