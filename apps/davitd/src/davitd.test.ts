import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { openChannel } from "@davit/grpc/client";

const program = resolve(import.meta.dirname, "../bin/davitd");
let dir = "";
before(() => {
  dir = mkdtempSync(join(tmpdir(), "davit-davitd-app-"));
});
after(() => rmSync(dir, { recursive: true }));

/** A shell's environment in which no newer Node is found. */
const plain = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };
let count = 0;

interface Running {
  readonly child: ChildProcess;
  readonly address: string;
  readonly log: () => string;
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

function start(...args: string[]): Running {
  const place = join(dir, `run-${count++}`);
  const address = `${place}.sock`;
  const child = spawn(
    program,
    ["--root", join(place, "root"), "--state", join(place, "state"), "--address", address, ...args],
    { env: plain, stdio: ["ignore", "ignore", "pipe"] },
  );
  let text = "";
  child.stderr.on("data", (chunk: Buffer) => (text += String(chunk)));
  const ended = new Promise<number | NodeJS.Signals | null>((done) =>
    child.on("exit", (code, signal) => done(code ?? signal)),
  );
  return { child, address, log: () => text, ended };
}

async function booted({ log, child }: Running): Promise<void> {
  for (let i = 0; i < 500 && !log().includes("successfully booted in"); i++) {
    if (child.exitCode !== null) break;
    await setTimeout(20);
  }
  assert.match(log(), /successfully booted in/);
}

test("kill of the pid that was started is kill of the daemon, which ends in order", async () => {
  const running = start();
  await booted(running);
  const command = readFileSync(`/proc/${running.child.pid}/cmdline`, "utf8");
  assert.match(command, /davitd\.js/, "the process that was started is the daemon itself");
  using channel = openChannel(running.address);
  await channel.ready(5000);
  running.child.kill("SIGTERM");
  assert.equal(await running.ended, 0);
  assert.match(running.log(), /stopping davitd/);
  assert.equal(existsSync(running.address), false);
  assert.equal(existsSync(`${running.address}.ttrpc`), false);
});

test("SIGINT ends it as SIGTERM does", async () => {
  const running = start();
  await booted(running);
  running.child.kill("SIGINT");
  assert.equal(await running.ended, 0);
});

test("a second daemon on a socket that is served is refused, and the first goes on", async () => {
  const first = start();
  await booted(first);
  const second = start("--address", first.address);
  assert.equal(await second.ended, 1);
  assert.match(second.log(), new RegExp(`davitd: .*${first.address}`));
  using channel = openChannel(first.address);
  await channel.ready(5000);
  first.child.kill("SIGTERM");
  assert.equal(await first.ended, 0);
});

test("a socket path that is too long is refused by its length", async () => {
  const running = start("--address", join(dir, "x".repeat(100)));
  assert.equal(await running.ended, 1);
  assert.match(running.log(), /unix socket path too long \(> 104\)/);
});

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(program, args, { env: plain, encoding: "utf8" });
  return { status, stdout, stderr };
}

function configured(text: string): string {
  const file = join(dir, `config-${count++}.toml`);
  writeFileSync(file, text);
  return file;
}

test("--help has an example, --version a version; an unknown option is an error with a sentence", () => {
  assert.match(run("--help").stdout, /example: davitd --root/);
  assert.match(run("--version").stdout, /^davitd \d+\.\d+\.\d+/);
  const unknown = run("--rot", "/x");
  assert.equal(unknown.status, 1);
  assert.match(unknown.stderr, /^davitd: Unknown option '--rot'/);
});

test("a syntax error in the configuration names file, row and column", () => {
  const file = configured("version = 4\n[debug\n");
  const { status, stderr } = run("--config", file);
  assert.equal(status, 1);
  assert.match(stderr, new RegExp(`^davitd: failed to load TOML from ${file}: .* at row 2 column`));
  assert.equal(stderr.match(/\[debug/g)?.length, 1, "the line in question is shown once");
});

test("a configuration that is not there is told once", () => {
  const { stderr } = run("--config", join(dir, "absent.toml"));
  assert.equal(stderr.match(/no such file or directory/g)?.length, 1, stderr);
});

test("a wrong type is fatal", () => {
  const { status, stderr } = run("--config", configured(`version = 4\nroot = 5\n`));
  assert.equal(status, 1);
  assert.match(stderr, /root: /);
});

test("an unknown key is a warning at the start, and an error under config check", async () => {
  const file = configured(
    `version = 4\n[plugins."io.containerd.metadata.v1.bolt"]\ncontent_sharing_polcy = "shared"\n`,
  );
  const checked = run("--config", file, "config", "check");
  assert.equal(checked.status, 1);
  assert.match(
    checked.stderr,
    /unknown key "content_sharing_polcy"; did you mean "content_sharing_policy"\?/,
  );
  const running = start("--config", file);
  await booted(running);
  assert.match(running.log(), /level=warning .*content_sharing_polcy/);
  running.child.kill("SIGTERM");
  assert.equal(await running.ended, 0);
});

test("config default prints TOML that config check finds in order", () => {
  const { status, stdout } = run("config", "default");
  assert.equal(status, 0);
  const checked = run("--config", configured(stdout), "config", "check");
  assert.equal(checked.stderr, "");
  assert.equal(checked.status, 0);
});

test("--log-format json writes a JSON object a line", async () => {
  const running = start("--log-format", "json");
  await booted(running);
  running.child.kill("SIGTERM");
  await running.ended;
  const lines = running
    .log()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { msg: string });
  assert.ok(lines.some(({ msg }) => msg.startsWith("davitd successfully booted in")));
});
