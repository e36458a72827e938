import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

interface Running extends AsyncDisposable {
  readonly child: ChildProcess;
  output(): string;
  /** Resolves when the output has the text. */
  says(text: string): Promise<void>;
}

async function start(env: NodeJS.ProcessEnv = {}, args: readonly string[] = []): Promise<Running> {
  const dir = await mkdtemp(join(tmpdir(), "davit-run-"));
  const program = new URL("./testing/program.js", import.meta.url).pathname;
  const places = ["--root", join(dir, "root"), "--state", join(dir, "state"), "--config", join(dir, "none")];
  const given = args.length > 0 ? args : places.slice(0, 4);
  const child = spawn(process.execPath, [program, ...given], { env: { ...process.env, ...env } });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      child.emit("said");
    });
  return {
    child,
    output: () => output,
    async says(text) {
      while (!output.includes(text)) {
        assert.equal(child.exitCode, null, output);
        await once(child, "said");
      }
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null && child.kill("SIGKILL"))
        await once(child, "exit");
      await rm(dir, { recursive: true });
    },
  };
}

const exitOf = async ({ child }: Running): Promise<unknown> =>
  child.exitCode ?? (await once(child, "exit"))[0];

test("SIGTERM stops the plugins, and the exit code is 0", async () => {
  await using daemon = await start();
  await daemon.says("successfully booted in");
  daemon.child.kill("SIGTERM");
  assert.equal(await exitOf(daemon), 0);
  assert.match(daemon.output(), /server stopped/);
});

test("SIGTERM gives up a start that hangs, and what was started is stopped", async () => {
  await using daemon = await start({ DAVIT_TEST_HANG: "1" });
  await daemon.says("loading plugin");
  await new Promise((resolve) => setTimeout(resolve, 200));
  daemon.child.kill("SIGTERM");
  assert.equal(await exitOf(daemon), 1);
  assert.match(daemon.output(), /server stopped[^]*SIGTERM received/);
});

test("SIGUSR1 writes what the process holds to the log, and opens no debugger", async () => {
  await using daemon = await start();
  await daemon.says("successfully booted in");
  daemon.child.kill("SIGUSR1");
  await daemon.says("SIGUSR1");
  daemon.child.kill("SIGTERM");
  assert.equal(await exitOf(daemon), 0);
  assert.doesNotMatch(daemon.output(), /Debugger/);
});

test("a log that nobody reads any more does not end the daemon", async () => {
  await using daemon = await start();
  await daemon.says("successfully booted in");
  daemon.child.stderr?.destroy();
  daemon.child.kill("SIGUSR1");
  daemon.child.kill("SIGUSR1");
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(daemon.child.exitCode, null);
  daemon.child.kill("SIGTERM");
  assert.equal(await exitOf(daemon), 0);
});

test("config dump prints the defaults where the file is absent; config check and a start refuse that", async () => {
  for (const [command, code] of [
    ["dump", 0],
    ["migrate", 0],
    ["check", 1],
  ] as const) {
    await using program = await start({}, ["--config", "/davit/absent.toml", "config", command]);
    assert.equal(await exitOf(program), code, command);
  }
});
