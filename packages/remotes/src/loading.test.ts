import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

/** Imports the package in a process of its own, and prints what of undici was loaded with it: ours, or the one Node carries. */
const PROGRAM = `
import { createRequire } from "node:module";
await import("@davit/remotes");
const files = Object.keys(createRequire(import.meta.url).cache);
console.log(JSON.stringify([...files, ...process.moduleLoadList].filter((name) => name.includes("undici/"))));
`;

test("no HTTP client is loaded before the first request: a daemon that pulls nothing does not pay for it", () => {
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", PROGRAM], {
    cwd: import.meta.dirname,
    encoding: "utf8",
  });
  assert.equal(stdout, "[]\n", stderr);
});
