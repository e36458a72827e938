import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { compare, Ctr, type Driver } from "@davit/test-interop";
import { temporaryDirectory, type TemporaryDirectory } from "@davit/test-support";

/** A program in ctr's place that answers from a script; its arguments are those behind `--address` and `--namespace`. */
function fake(directory: TemporaryDirectory, name: string, script: string): Ctr {
  const program = directory.join(name);
  writeFileSync(program, `#!/bin/sh\nshift 4\n${script}\n`);
  chmodSync(program, 0o755);
  return new Ctr({
    program,
    address: "/nowhere",
    namespace: "test-0123456789ab",
    directory: directory.path,
    fifoDir: directory.path,
  });
}

/** A normal session, as ctr prints it. */
const NORMAL = `case "$1 $2" in
"images ls") printf 'REF       TYPE  LABELS \\nbusybox:1 index a=b    \\n' ;;
"run --rm") echo hello; echo warning >&2; exit 7 ;;
"tasks ls") printf 'TASK    PID     STATUS    \\nx       '$$'    RUNNING\\n' ;;
*) echo "unknown: $*" >&2; exit 1 ;;
esac`;

const steps = async ({ ctr }: Driver) => {
  await ctr("images", "ls");
  await ctr("run", "--rm", "busybox:1", "x");
  await ctr("tasks", "ls");
};

/** Compares a normal session with one in which something was planted. */
async function comparing(planted: (script: string) => string): Promise<void> {
  await using directory = temporaryDirectory();
  const expected = { ctr: fake(directory, "theirs", NORMAL) };
  const actual = { ctr: fake(directory, "ours", planted(NORMAL)), log: () => "its log" };
  await compare("a session", { expected, actual }, steps);
}

test("two sessions that differ in what must differ are the same", async () => {
  await comparing((script) => script);
});

for (const [what, from, to, shown] of [
  ["a word", "busybox:1 index", "busybox:1 other", /^- {3}busybox:1 index.*\n\+ {3}busybox:1 other/m],
  ["a column", "TYPE  LABELS", "TYPE LABELS", /^- {3}REF {7}TYPE {2}LABELS/m],
  ["a blank at the end of a line", "LABELS \\n", "LABELS\\n", /^- {3}REF/m],
  ["an exit code", "exit 7", "exit 8", /^- = 7\n\+ = 8/m],
  ["a complaint", "echo warning >&2", "echo Warning >&2", /^- ! warning\n\+ ! Warning/m],
  ["the stream", "echo warning >&2", "echo warning", /^- ! warning/m],
  ["a state", "RUNNING", "STOPPED", /^- .*RUNNING\n\+ .*STOPPED/m],
  ["a line that is missing", "echo hello;", "", /^- {3}hello/m],
  ["the end of the last line", "echo hello", "printf hello", /^\+ \(no newline at the end\)/m],
] as const)
  test(`a difference fails: ${what}`, async () => {
    await assert.rejects(
      comparing((script) => {
        assert.ok(script.includes(from));
        return script.replace(from, to);
      }),
      (err) => {
        assert.ok(err instanceof assert.AssertionError);
        assert.match(err.message, shown);
        assert.match(err.message, /\$ ctr /);
        assert.match(err.message, /its log/);
        return true;
      },
    );
  });

test("steps that end early fail, be it on both sides", async () => {
  await using directory = temporaryDirectory();
  const expected = { ctr: fake(directory, "theirs", NORMAL) };
  const actual = { ctr: fake(directory, "ours", NORMAL) };
  await assert.rejects(
    compare("a session", { expected, actual }, async ({ out }) => void (await out("absent"))),
    /the steps ended early: ctr absent: exit code 1/,
  );
});

test("steps that one side does not take fail", async () => {
  await using directory = temporaryDirectory();
  const expected = { ctr: fake(directory, "theirs", NORMAL) };
  const actual = { ctr: fake(directory, "ours", NORMAL.replace("hello", "")) };
  const dependent = async ({ ctr }: Driver) => {
    if ((await ctr("run", "--rm")).stdout.includes("hello")) await ctr("images", "ls");
  };
  await assert.rejects(compare("a session", { expected, actual }, dependent), /\(nothing\)/);
});
