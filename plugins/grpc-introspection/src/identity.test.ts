import assert from "node:assert/strict";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { identityIn } from "@davit/plugin-grpc-introspection";

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "identity-"));
  file = join(dir, "plugin", "uuid");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test("the uuid is made when it is first asked for, and kept", async () => {
  const identity = identityIn(file);
  assert.equal(existsSync(join(dir, "plugin")), false);
  const [uuid, again] = await Promise.all([identity.uuid(), identity.uuid()]);
  assert.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(again, uuid);
  assert.equal(await identityIn(file).uuid(), uuid);
  assert.equal(readFileSync(file, "utf8"), uuid);
  assert.equal(statSync(join(dir, "plugin")).mode & 0o777, 0o700);
  assert.equal(statSync(file).mode & 0o777, 0o666 & ~process.umask());
  assert.deepEqual(readdirSync(join(dir, "plugin")), ["uuid"]);
});

test("an empty file is filled again; one with something else is an error until it is mended", async () => {
  const identity = identityIn(file);
  const first = await identity.uuid();
  writeFileSync(file, "");
  assert.notEqual(await identityIn(file).uuid(), first);
  writeFileSync(file, "rubbish");
  const other = identityIn(file);
  await assert.rejects(other.uuid(), { message: `${file} holds no UUID: remove it, or write one there` });
  writeFileSync(file, `${first}\n`);
  assert.equal(await other.uuid(), first);
});

test("the process and its namespace are this one's", async () => {
  const identity = identityIn(file);
  assert.equal(identity.pid, process.pid);
  assert.equal(`pid:[${await identity.pidNamespace()}]`, readlinkSync("/proc/self/ns/pid"));
});
