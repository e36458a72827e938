import assert from "node:assert/strict";
import { once } from "node:events";
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { ownUmask } from "@davit/sys";
import { temporary } from "./testing/temporary.ts";

test("a worker with a umask of its own makes files of exact modes, and the process keeps its umask", async () => {
  using dir = temporary();
  const before = process.umask();
  const source = `const { workerData } = require("node:worker_threads"); const fs = require("node:fs");
    import(workerData.index).then(({ ownUmask }) => {
      ownUmask(0);
      fs.mkdirSync(workerData.dir + "/dir", 0o1777);
      fs.closeSync(fs.openSync(workerData.dir + "/file", "wx", 0o666));
    });`;
  const index = new URL("./index.js", import.meta.url).href;
  const worker = new Worker(source, { eval: true, workerData: { index, dir: dir.path } });
  assert.deepEqual(await once(worker, "exit"), [0]);
  assert.equal(lstatSync(join(dir.path, "dir")).mode & 0o7777, 0o1777);
  assert.equal(lstatSync(join(dir.path, "file")).mode & 0o7777, 0o666);
  assert.equal(process.umask(), before);
});

test("the main thread is refused a umask of its own", () => {
  assert.throws(() => ownUmask(0), /process\.umask/);
});
