import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { isSystemError, lgetxattr, mkfifo, systemError } from "@davit/sys";

const index = new URL("./index.js", import.meta.url).href;

/** Runs a program in a Node of its own; returns what it prints. */
function run(source: string): string {
  const ran = spawnSync(process.execPath, ["--input-type=module", "-e", source], { encoding: "utf8" });
  assert.equal(ran.status, 0, ran.stderr);
  return ran.stdout.trim();
}

test("importing the package loads no native code; the first call does", () => {
  const maps = `(await import("node:fs")).readFileSync("/proc/self/maps", "utf8").includes("koffi.node")`;
  const source = `const sys = await import(${JSON.stringify(index)}); const before = ${maps};
    try { sys.mkfifo("/"); } catch {} console.log(before, ${maps});`;
  assert.equal(run(source), "false true");
});

test("calls work on worker threads, several at once", async () => {
  const source = `const { parentPort } = require("node:worker_threads");
    import(${JSON.stringify(index)}).then((sys) => {
      try { sys.mkfifo("/proc"); } catch (error) { parentPort.postMessage(error.code); }
    });`;
  const workers = Array.from({ length: 4 }, () => new Worker(source, { eval: true }));
  const answers = await Promise.all(
    workers.map(async (worker) => ((await once(worker, "message")) as string[])[0]),
  );
  assert.deepEqual(answers, ["EEXIST", "EEXIST", "EEXIST", "EEXIST"]);
});

test("a bundle that leaves koffi outside finds it", async (t) => {
  const esbuild = new URL("../../../node_modules/esbuild/lib/main.js", import.meta.url);
  if (!existsSync(esbuild)) return t.skip("esbuild is absent");
  const { buildSync } = createRequire(import.meta.url)(esbuild.pathname) as {
    buildSync: (options: object) => unknown;
  };
  const dir = mkdtempSync(join(import.meta.dirname, "bundle-"));
  try {
    const stdin = {
      contents: `import { mkfifo } from "./index.js"; try { mkfifo("/proc"); } catch (e) { console.log(e.code); }`,
      resolveDir: import.meta.dirname,
    };
    const outfile = join(dir, "main.mjs");
    buildSync({
      stdin,
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      external: ["koffi"],
      logLevel: "error",
    });
    const ran = spawnSync(process.execPath, [outfile], { encoding: "utf8" });
    assert.equal(ran.stdout.trim(), "EEXIST", ran.stderr);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("a failure carries code, errno, syscall and paths, as Node's errors do", () => {
  assert.throws(
    () => lgetxattr("/davit/absent", "user.x"),
    (error) => {
      assert.ok(isSystemError(error, "ENOENT"));
      const { code, errno, syscall, path, message } = error;
      assert.deepEqual(
        { code, errno, syscall, path },
        { code: "ENOENT", errno: -2, syscall: "lgetxattr", path: "/davit/absent" },
      );
      assert.equal(message, "ENOENT: no such file or directory, lgetxattr '/davit/absent'");
      return true;
    },
  );
});

test("errors that libuv does not know have Linux's names", () => {
  assert.equal(systemError(122, "mkdir").code, "EDQUOT");
  assert.equal(
    systemError(117, "mount", { path: "/a", dest: "/b" }).message,
    "EUCLEAN: structure needs cleaning, mount '/a' -> '/b'",
  );
  assert.match(systemError(4000, "mount").message, /E4000: unknown error 4000/);
});

test("a path with a NUL is refused instead of cut short", () => {
  assert.throws(() => mkfifo("/tmp/a\0b"), { code: "ERR_INVALID_ARG_VALUE" });
  assert.throws(() => mkfifo(Buffer.from("/tmp/a\0b")), { code: "ERR_INVALID_ARG_VALUE" });
});
