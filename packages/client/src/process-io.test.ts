import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { attachIo, openIo } from "@davit/client";
import { temporaryDirectory } from "@davit/test-support";
import { collect } from "./testing/daemons.ts";

/** Stands in for a shim: connects a command with the paths as a shim does. */
const shim = (script: string, { stdin, stdout, stderr }: { stdin: string; stdout: string; stderr: string }) =>
  spawn("sh", ["-c", script], {
    env: { ...process.env, IN: stdin, OUT: stdout, ERR: stderr },
    stdio: "inherit",
  });

test("FIFOs are private, and gone with the streams", async () => {
  await using directory = temporaryDirectory();
  const io = await openIo(directory.join("fifo"), "web", { stdin: true });
  const own = dirname(io.paths.stdout);
  assert.equal(statSync(own).mode & 0o777, 0o700);
  assert.deepEqual(readdirSync(own).toSorted(), ["web-stderr", "web-stdin", "web-stdout"]);
  assert.ok(statSync(io.paths.stdin).isFIFO());
  await io[Symbol.asyncDispose]();
  assert.equal(existsSync(own), false);
});

test("output waits for a writer that comes late, and ends with it", async () => {
  await using directory = temporaryDirectory();
  await using io = await openIo(directory.path, "p", {});
  const text = collect(io.stdout ?? Readable.from([]));
  await setTimeout(50);
  const child = shim('echo out >"$OUT"', io.paths);
  await new Promise((resolve) => child.once("exit", resolve));
  io.started();
  assert.equal(await text, "out\n");
});

test("input written before anybody reads is read, and its end is seen", async () => {
  await using directory = temporaryDirectory();
  await using io = await openIo(directory.path, "p", { stdin: true });
  io.stdin?.write("early ");
  const text = collect(io.stdout ?? Readable.from([]));
  shim('cat <"$IN" >"$OUT"', io.paths);
  await setTimeout(100);
  io.started();
  io.stdin?.write("late");
  await io.endStdin();
  assert.equal(await text, "early late");
});

test("input that has ended waits for a reader that comes late", async () => {
  await using directory = temporaryDirectory();
  await using io = await openIo(directory.path, "p", { stdin: true });
  io.stdin?.write("all");
  const ended = io.endStdin();
  const text = collect(io.stdout ?? Readable.from([]));
  await setTimeout(50);
  shim('cat <"$IN" >"$OUT"', io.paths);
  await ended;
  io.started();
  assert.equal(await text, "all");
});

test("input that nobody reads is let go with the streams", async () => {
  await using directory = temporaryDirectory();
  const io = await openIo(directory.path, "p", { stdin: true });
  io.stdin?.write("x");
  const ended = io.endStdin();
  await setTimeout(20);
  await io[Symbol.asyncDispose]();
  await ended;
});

test("a terminal has no stderr of its own", async () => {
  await using directory = temporaryDirectory();
  await using io = await openIo(directory.path, "p", { terminal: true });
  assert.deepEqual([io.paths.stdin, io.paths.stderr, io.stderr, io.terminal], ["", "", undefined, true]);
});

test("no streams and log URIs make no FIFOs", async () => {
  await using directory = temporaryDirectory();
  await using none = await openIo(directory.path, "p", null);
  await using log = await openIo(directory.path, "p", { logUri: "file:///log" });
  assert.deepEqual(none.paths, { stdin: "", stdout: "", stderr: "" });
  assert.deepEqual(log.paths, { stdin: "", stdout: "file:///log", stderr: "file:///log" });
  assert.deepEqual(readdirSync(directory.path), []);
  await none.drained();
});

test("drained() gives up on a writer that is silent, not on a reader that is slow", async () => {
  await using directory = temporaryDirectory();
  await using io = await openIo(directory.path, "p", {});
  const child = shim('exec 3>"$OUT"; echo x >&3; exec sleep 60', io.paths);
  await new Promise((resolve) => io.stdout?.once("data", resolve));
  io.started();
  io.stdout?.pause();
  const slow = await Promise.race([io.drained(30).then(() => "gave up"), setTimeout(200, "waits")]);
  assert.equal(slow, "waits");
  io.stdout?.resume();
  await io.drained(30);
  child.kill("SIGKILL");
});

test("attaching to streams that are no FIFOs joins nothing", async () => {
  await using io = attachIo({ stdin: "", stdout: "file:///log", stderr: "" }, false, { stdin: true });
  assert.equal(io.stdout, undefined);
});
