import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { buildProgram } from "@davit/davit";
import { runQuickly, temporaryDirectory } from "@davit/test-support";
import { textOf } from "./failure.ts";
import { bodyOf } from "./commands/events.ts";
import { renderPluginBlock } from "./plugin-block.ts";
import { commandName } from "./program-globals.ts";
import { MAIN } from "./testing/davit.ts";
import { create } from "@bufbuild/protobuf";
import { allTypes } from "@davit/api";
import { TaskExitSchema } from "@davit/api/events";
import { PluginSchema } from "@davit/api/services/introspection";
import type { Command } from "commander";

const davit = (...args: string[]) =>
  runQuickly(process.execPath, [MAIN, ...args], {
    env: { CONTAINERD_ADDRESS: "", CONTAINERD_NAMESPACE: "" },
  });

test("--help lists the commands, on standard output", async () => {
  const { code, stdout, stderr } = await davit("--help");
  assert.deepEqual([code, stderr], [0, ""]);
  for (const name of [
    "pull",
    "images",
    "rmi",
    "run",
    "ps",
    "exec",
    "kill",
    "rm",
    "events",
    "content",
    "snapshots",
  ])
    assert.match(stdout, new RegExp(`^ {2}${name} `, "m"));
});

test("the help of every command has an example", () => {
  const withoutExample = (command: Command): string[] => {
    if (command.commands.length > 0) return command.commands.flatMap(withoutExample);
    let help = "";
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    return /\nExample:\n {2}\S*.*davit /.test(help) ? [] : [command.name()];
  };
  assert.deepEqual(withoutExample(buildProgram(() => undefined)), []);
});

test("wrong arguments are said on standard error, with 1, for run with 125", async () => {
  const unknown = await davit("nope");
  assert.deepEqual([unknown.code, unknown.stdout], [1, ""]);
  assert.match(unknown.stderr, /^davit: unknown command 'nope'\n/);
  assert.match(
    (await davit("ps", "--al")).stderr,
    /^davit: unknown option '--al'\n\(Did you mean --all\?\)\n\(`davit ps --help` says more\)/,
  );
  assert.equal((await davit("run")).code, 125);
  assert.match((await davit("run", "--mount", "x", "alpine")).stderr, /expected key=val/);
});

test("a socket that is not there is named, with what to do", async () => {
  const { code, stdout, stderr } = await davit("--address", "/no/such.sock", "ps");
  assert.deepEqual([code, stdout], [1, ""]);
  assert.equal(
    stderr,
    "davit: no socket at /no/such.sock: start the daemon with `davitd --address /no/such.sock` (as root), or name another socket with --address\n",
  );
  assert.equal((await davit("run", "--address", "unix:///no/such.sock", "alpine")).code, 125);
});

test("a socket that nobody serves any more is another matter", async () => {
  await using directory = temporaryDirectory();
  const path = directory.join("s.sock");
  const script = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  await runQuickly(process.execPath, ["-e", script]);
  assert.match((await davit("--address", path, "ps")).stderr, /nobody listens at .*: the daemon has ended/);
});

test("what is no daemon is an error, not a wait for ever", async () => {
  await using directory = temporaryDirectory();
  const path = directory.join("s.sock");
  const server = createServer((socket) => {
    socket.on("error", () => undefined).end("HTTP/1.1 200 OK\r\n\r\n");
  }).listen(path);
  const { code, stderr } = await davit("--address", path, "ps");
  server.close();
  assert.equal(code, 1);
  assert.match(stderr, /^davit: .+\n$/);
});

test("a reader that goes away is no error to speak of", async () => {
  const script = `${process.execPath} ${MAIN} --help | true; echo \${PIPESTATUS[0]}`;
  const { stdout, stderr } = await runQuickly("bash", ["-c", script]);
  assert.match(stdout, /^(0|141)\n$/);
  assert.equal(stderr, "");
});

test("the command that is meant is found behind options", () => {
  assert.equal(commandName(["-n", "run", "--address", "x", "-q", "ps", "run"]), "ps");
  assert.equal(commandName(["--help"]), undefined);
});

test("an error is one line, its causes included, without control characters", () => {
  const err = new Error("outer", { cause: new Error("inner\n\tline\u001b[2J") });
  assert.equal(textOf(err), "outer: inner line?[2J");
  assert.equal(textOf(new Error("a: b", { cause: new Error("b") })), "a: b");
  assert.equal(textOf("text"), "text");
});

test("an event is shown with the names of the protocol, and one that nobody knows by its type", () => {
  const exit = create(TaskExitSchema, { containerId: "web", exitStatus: 3 });
  assert.deepEqual(bodyOf(exit, allTypes), { container_id: "web", exit_status: 3 });
  assert.equal(bodyOf(undefined, allTypes), null);
});

test("a plugin's block has a line per fact", () => {
  const plugin = create(PluginSchema, {
    type: "io.containerd.x.v1",
    id: "x",
    requires: ["a", "b"],
    exports: { root: "/r" },
    platforms: [
      { os: "linux", architecture: "arm64" },
      { os: "linux", architecture: "amd64" },
    ],
    initErr: { code: 9, message: "not here: skip plugin" },
  });
  assert.equal(
    renderPluginBlock(plugin),
    `Type:          io.containerd.x.v1
ID:            x
Requires:      a
               b
Platforms:     linux/amd64
               linux/arm64
Exports:       root=/r
Error:
  Code:        FailedPrecondition
  Message:     not here: skip plugin
`,
  );
});
