import assert from "node:assert/strict";
import { spawn as nodeSpawn } from "node:child_process";
import { once } from "node:events";
import { closeSync } from "node:fs";
import { test } from "node:test";
import {
  decodeStatus,
  exitCodeOf,
  kill,
  pidfdOpen,
  pidfdSendSignal,
  setChildSubreaper,
  signalNumber,
  waitForExit,
  waitpid,
} from "@davit/sys";

test("a pidfd signals its process, and ESRCH once it is gone", async () => {
  const child = nodeSpawn("sleep", ["60"]);
  const pidfd = pidfdOpen(child.pid ?? 0);
  pidfdSendSignal(pidfd, 0);
  pidfdSendSignal(pidfd, "SIGTERM");
  assert.deepEqual(await once(child, "exit"), [null, "SIGTERM"]);
  assert.throws(() => pidfdSendSignal(pidfd, 0), { code: "ESRCH", syscall: "pidfd_send_signal" });
  closeSync(pidfd);
  assert.throws(() => pidfdOpen(child.pid ?? 0), { code: "ESRCH" });
});

test("waitpid of a stranger is ECHILD, and of any child is refused", async () => {
  assert.throws(() => waitpid(1), { code: "ECHILD" });
  for (const pid of [-1, 0, -5, 1.5]) assert.throws(() => waitpid(pid), RangeError);
  await assert.rejects(waitForExit(1), { code: "ECHILD" });
});

test("kill reports an absent process, and takes a signal by number", () => {
  assert.throws(() => kill(2 ** 22 + 1, 0), { code: "ESRCH" });
  kill(process.pid, 0);
  assert.equal(signalNumber("SIGKILL"), 9);
  assert.throws(() => signalNumber("SIGNOPE" as NodeJS.Signals), RangeError);
});

test("a wait status decodes into an exit code or a signal", () => {
  assert.deepEqual(decodeStatus(7, 42 << 8), { pid: 7, exitCode: 42, signal: null });
  assert.deepEqual(decodeStatus(7, 9), { pid: 7, exitCode: null, signal: "SIGKILL" });
  assert.deepEqual(decodeStatus(7, 0x80 | 6), { pid: 7, exitCode: null, signal: "SIGABRT" });
  assert.equal(exitCodeOf(decodeStatus(7, 3 << 8)), 3);
  assert.equal(exitCodeOf(decodeStatus(7, 15)), 143);
});

test("a subreaper adopts and reaps an orphan, by pid", async () => {
  setChildSubreaper(true);
  try {
    // The shell starts a grandchild in the background and ends: the grandchild is an orphan.
    const shell = nodeSpawn("sh", ["-c", "(sleep 0.1; exit 7) >/dev/null & echo $!"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const output = once(shell.stdout, "data") as Promise<[Buffer]>;
    await once(shell, "exit");
    const pid = Number((await output)[0].toString());
    assert.deepEqual(await waitForExit(pid), { pid, exitCode: 7, signal: null });
  } finally {
    setChildSubreaper(false);
  }
});
