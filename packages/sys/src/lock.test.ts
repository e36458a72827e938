import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { lockFile } from "@davit/sys";
import { temporary } from "./testing/temporary.ts";

const index = new URL("./index.js", import.meta.url).href;

/** Another process that tries to take the lock. */
function tryElsewhere(path: string): string {
  const source = `const { lockFile } = await import(${JSON.stringify(index)});
    try { lockFile(${JSON.stringify(path)}); console.log("taken"); } catch (error) { console.log(error.code); }`;
  return spawnSync(process.execPath, ["--input-type=module", "-e", source], {
    encoding: "utf8",
  }).stdout.trim();
}

test("a locked file is locked for others until it is released", () => {
  using dir = temporary();
  const path = join(dir.path, "lock");
  const lock = lockFile(path);
  assert.throws(() => lockFile(path), { code: "EAGAIN", syscall: "flock" });
  assert.equal(tryElsewhere(path), "EAGAIN");
  lock[Symbol.dispose]();
  lock[Symbol.dispose](); // a second time does nothing
  assert.equal(tryElsewhere(path), "taken");
  lockFile(path)[Symbol.dispose]();
});
