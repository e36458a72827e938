import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { bashCompletion, buildProgram, zshCompletion } from "@davit/davit";
import { needs, runQuickly, temporaryDirectory } from "@davit/test-support";

const program = buildProgram(() => undefined);

/** What bash offers for a line whose last word is being typed. */
async function offered(...words: readonly string[]): Promise<string[]> {
  await using directory = temporaryDirectory();
  // Stands in for davit, which would ask a daemon.
  writeFileSync(directory.join("davit"), '#!/bin/sh\necho "$1-name"\n');
  chmodSync(directory.join("davit"), 0o755);
  const quoted = words.map((word) => `'${word}'`).join(" ");
  const script = `${bashCompletion(program)}
    COMP_WORDS=(davit ${quoted}); COMP_CWORD=${words.length}; _davit; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = await runQuickly("bash", ["-c", script], {
    env: { PATH: `${directory.path}:${process.env["PATH"]}` },
  });
  assert.equal(stderr, "");
  return stdout.trim().split("\n");
}

test("bash completes commands, their commands, and options", { skip: needs("bash") }, async () => {
  assert.deepEqual(await offered("p"), ["pull", "ps", "plugins"]);
  assert.deepEqual(await offered("plugins", ""), ["ls", "list"]);
  assert.deepEqual(await offered("plugins", "ls", "--d"), ["--detailed"]);
  assert.deepEqual(await offered("-n", "x", "run", "--mo"), ["--mount"]);
  assert.deepEqual(await offered("completion", ""), ["bash", "zsh"]);
});

test("bash completes names of containers and images by asking davit", { skip: needs("bash") }, async () => {
  assert.deepEqual(await offered("kill", ""), ["ps-name"]);
  assert.deepEqual(await offered("rmi", "im"), ["images-name"]);
});

test("zsh gets a script that it can read", { skip: needs("zsh") }, async () => {
  const { code, stderr } = await runQuickly("zsh", ["-n"], { input: zshCompletion(program) });
  assert.deepEqual([code, stderr], [0, ""]);
});

test("the script for zsh has every command with its meaning, well quoted", () => {
  const script = zshCompletion(program);
  assert.match(script, /^#compdef davit\n/);
  assert.match(script, /'run:Run a command in a new container'/);
  assert.match(script, /'--platform:platform of the image \(default: this machine'\\''s\)'/);
  assert.match(script, /'plugins ls'\)\n +commands=\(\)\n/);
});
