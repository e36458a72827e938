import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

/** Runs statements behind `import("@davit/remotes")` in a process of its own; what of undici was loaded then, ours or the one Node carries. */
function loadedBy(statements: string): string[] {
  const program = `
import { createRequire } from "node:module";
await import("@davit/remotes");
${statements}
const files = Object.keys(createRequire(import.meta.url).cache);
console.log(JSON.stringify([...files, ...process.moduleLoadList].filter((name) => name.includes("undici/"))));
`;
  const args = ["--input-type=module", "--eval", program];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: import.meta.dirname,
    encoding: "utf8",
  });
  assert.notEqual(stdout, "", stderr);
  return JSON.parse(stdout) as string[];
}

test("no HTTP client is loaded before the first request: a daemon that pulls nothing does not pay for it", () => {
  assert.deepEqual(loadedBy(""), []);
});

test("only that part of the HTTP client is loaded which is used", () => {
  const loaded = loadedBy(`await import("./http/undici.js");`);
  assert.ok(loaded.some((name) => name.endsWith("/lib/dispatcher/agent.js")));
  assert.deepEqual(
    loaded.filter((name) => /internal|\/lib\/(web|mock|cache|interceptor)\//.test(name)),
    [],
  );
});
