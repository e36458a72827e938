import assert from "node:assert/strict";
import { spawn as nodeSpawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, readFileSync, readlinkSync, realpathSync, openSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { kill, pipe, spawn, waitForExit, waitpid, type SpawnOptions } from "@davit/sys";
import { temporary } from "./testing/temporary.ts";

/** Runs a shell script with its output in a pipe; returns the output. */
async function output(script: string, options: SpawnOptions = {}): Promise<string> {
  const ends = pipe();
  const child = spawn("sh", {
    argv: ["sh", "-c", script],
    stdio: ["ignore", ends.write, "inherit"],
    ...options,
  });
  closeSync(ends.write);
  await child.exited;
  const text = readFileSync(ends.read, "utf8");
  closeSync(ends.read);
  return text.trim();
}

test("a program runs, and its exit code arrives", async () => {
  const child = spawn("sh", { argv: ["sh", "-c", "exit 42"] });
  assert.ok(child.pid > 1);
  assert.deepEqual(await child.exited, { pid: child.pid, exitCode: 42, signal: null });
  await assert.rejects(waitForExit(child.pid), { code: "ECHILD" });
});

test("a signal that ends the program arrives by name", async () => {
  const child = spawn("sleep", { argv: ["sleep", "60"] });
  kill(child.pid, "SIGKILL");
  assert.deepEqual(await child.exited, { pid: child.pid, exitCode: null, signal: "SIGKILL" });
});

test("arguments, environment and directory reach the program", async () => {
  using dir = temporary();
  assert.equal(
    await output(`printf '%s|%s|%s' "$0" "$DAVIT" "$PWD"`, { env: { DAVIT: "ä b", PATH: process.env.PATH } }),
    `sh|ä b|${process.cwd()}`,
  );
  assert.equal(await output("pwd -P", { cwd: dir.path }), realpathSync(dir.path));
  assert.equal(
    await output("env -0 | tr '\\0' ' '", {
      env: { ONLY: "1", GONE: undefined, PATH: "/bin:/usr/bin" },
    }).then((text) => /GONE|HOME/.test(text)),
    false,
  );
});

test("descriptors may be ignored, moved and numbered beyond 2; others do not leak", async () => {
  using dir = temporary();
  const file = openSync(join(dir.path, "file"), "w+");
  const [ends, swapped] = [pipe(), pipe()];
  const script = "echo out; echo err >&2; echo three >&3; readlink /proc/self/fd/* >&3";
  const stdio = ["ignore", swapped.write, 1, ends.write] as const;
  const child = spawn("sh", { argv: ["sh", "-c", script], stdio });
  closeSync(ends.write);
  closeSync(swapped.write);
  await child.exited;
  assert.equal(readFileSync(swapped.read, "utf8"), "out\n");
  const text = readFileSync(ends.read, "utf8");
  assert.match(text, /^three\n\/dev\/null\n/);
  assert.ok(!text.includes(dir.path), text);
  closeSync(swapped.read);
  closeSync(ends.read);
  closeSync(file);
});

test("an entry is not fooled by a descriptor an earlier entry has replaced", async () => {
  const [first, second] = [pipe(), pipe()];
  // 1 → first, then 2 → "what was 1": must not be first.
  const child = spawn("readlink", {
    argv: ["readlink", "/proc/self/fd/2"],
    stdio: ["ignore", first.write, 1],
  });
  closeSync(first.write);
  await child.exited;
  assert.equal(readFileSync(first.read, "utf8").trim(), readlinkSync("/proc/self/fd/1"));
  for (const fd of [first.read, second.read, second.write]) closeSync(fd);
});

test("stdout is a real pipe that the program can reopen", async () => {
  assert.equal(await output("echo again > /dev/stdout"), "again");
});

test("a group of its own, a session of its own, or neither", async () => {
  const ids = "cut -d' ' -f5,6 /proc/$$/stat; echo $$";
  const [own] = (await output("cut -d' ' -f5 /proc/$PPID/stat")).split("\n");
  const read = async (options: SpawnOptions) => (await output(ids, options)).split(/\s+/);
  const [group, , pid] = await read({ processGroup: 0 });
  assert.equal(group, pid);
  const [sessionGroup, session, sessionPid] = await read({ session: true });
  assert.deepEqual([sessionGroup, session], [sessionPid, sessionPid]);
  assert.equal((await read({}))[0], own);
});

test("the child has default dispositions and no blocked signals, though Node ignores SIGPIPE", async () => {
  const status = await output("grep -E 'Sig(Blk|Ign)' /proc/self/status");
  assert.match(status, /SigBlk:\s0+$/m);
  assert.match(status, /SigIgn:\s[0-9a-f]{8}0{8}$/m); // the upper half holds libc's own
});

test("a program that is absent or not executable fails at once", () => {
  assert.throws(() => spawn("/davit/absent"), {
    code: "ENOENT",
    syscall: "posix_spawn",
    path: "/davit/absent",
  });
  assert.throws(() => spawn("/dev/null"), { code: "EACCES" });
  assert.throws(() => spawn("true", { cwd: "/davit/absent" }), { code: "ENOENT" });
  assert.throws(() => spawn("true", { argv: ["true", "a\0b"] }), { code: "ERR_INVALID_ARG_VALUE" });
  assert.throws(() => spawn("true", { stdio: ["ignore", 1 << 20, "ignore"] }), { code: "EBADF" });
});

test("many children at once, beside child_process: every exit code is right", async () => {
  const code = (index: number) => index % 251;
  const ours = Array.from({ length: 60 }, async (_, index) => {
    const child = spawn("sh", { argv: ["sh", "-c", `exit ${code(index)}`] });
    assert.equal((await child.exited).exitCode, code(index));
  });
  const nodes = Array.from({ length: 30 }, async (_, index) => {
    assert.deepEqual(await once(nodeSpawn("sh", ["-c", `exit ${code(index)}`]), "exit"), [code(index), null]);
  });
  await Promise.all([...ours, ...nodes]);
});

test("spawn works on a worker thread, which gets no SIGCHLD", async () => {
  const source = `const { parentPort, workerData } = require("node:worker_threads");
    import(workerData).then(({ spawn }) => spawn("sh", { argv: ["sh", "-c", "exit 5"] }).exited)
      .then((status) => parentPort.postMessage(status.exitCode));`;
  const worker = new Worker(source, { eval: true, workerData: new URL("./index.js", import.meta.url).href });
  assert.deepEqual(await once(worker, "message"), [5]);
});

test("an exit that somebody else has reaped ends nothing but the wait for it", async () => {
  const { pid, exited } = spawn("true");
  while (!waitpid(pid));
  // Nobody waits for it: what is not handled would end this process.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await assert.rejects(exited, { code: "ECHILD" });
});
