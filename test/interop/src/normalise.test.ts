import assert from "node:assert/strict";
import { test } from "node:test";
import { normalise, RULES, SINCE_TWO, type Entry } from "@davit/test-interop";

const places = { namespace: "test-0123456789ab", directory: "/tmp/davit-interop-AbCdEf" };

/** What remains of a command's output. */
function left(command: string, stdout: string, rules = RULES): string {
  const entry: Entry = { command: command.split(" "), code: 0, stdout, stderr: "" };
  return normalise(entry, places, rules).stdout;
}

/** Two outputs that have to count as the same. */
function same(command: string, one: string, other: string, rules = RULES): void {
  assert.equal(left(command, one, rules), left(command, other, rules));
}

/** Two that must not. */
function different(command: string, one: string, other: string, rules = RULES): void {
  assert.notEqual(left(command, one, rules), left(command, other, rules));
}

test("what a side was given for itself is hidden, in the command as well", () => {
  const entry: Entry = {
    command: ["snapshots", "mounts", `${places.directory}/here`, "key"],
    code: `${places.directory} is gone`,
    stdout: `${places.namespace} ${places.directory}/root`,
    stderr: `namespace "${places.namespace}"`,
  };
  assert.deepEqual(normalise(entry, places), {
    command: ["snapshots", "mounts", "<directory-of-the-side>/here", "key"],
    code: "<directory-of-the-side> is gone",
    stdout: "<namespace-of-side> <directory-of-the-side>/root",
    stderr: 'namespace "<namespace-of-side>"',
  });
});

test("times, uuids, pids and lease ids may differ", () => {
  same("leases ls", "1-abCd 2026-11-22T08:00:24Z a=b\n", "22-x_-9 2025-01-02T03:04:05Z a=b\n");
  same("events", "2026-11-22 08:02:47.48 +0000 UTC x\n", "2026-11-22 08:02:47.484821804 +0000 UTC x\n");
  same(
    "info",
    '"uuid": "fd0fff9c-ffc0-42c0-99a5-ddf4395200ff"',
    '"uuid": "f372c570-d5e6-4f37-9ad8-a6c18c418d70"',
  );
  same("info", '"pid": 12, "pidns": 4026531836', '"pid": 4711, "pidns": 4026531837');
  same(
    "info",
    '"last_occurrence": {"seconds": 1, "nanos": 2}',
    '"last_occurrence": {"seconds": 10, "nanos": 20}',
  );
  different("info", '"pid": 12', '"pid": 0');
  different("leases ls", "1-abCd 2026-11-22T08:00:24Z a=b\n", "1-abCd 2026-11-22T08:00:24Z a=c\n");
  different("snapshots ls", "1-abCd\n", "2-abCd\n");
});

test("tasks may come in any order with any pid, not in another state", () => {
  const table = "TASK    PID      STATUS    \na       12       RUNNING\nb       4711     STOPPED\n";
  same("tasks ls", table, "TASK    PID    STATUS    \nb       1      STOPPED\na       2      RUNNING\n");
  different("tasks ls", table, table.replace("STOPPED", "RUNNING"));
  different("tasks ls", table, table.replace("4711", "0   "));
  different("tasks ls", table, "TASK    PID      STATUS    \na       12       RUNNING\n");
  same("tasks ps x", "PID     INFO\n12      -\n", "PID      INFO\n12345    -\n");
  different("tasks ps x", "PID     INFO\n12      -\n", 'PID     INFO\n12      exec_id:"e"\n');
});

test("ages may differ, and labels come in any order", () => {
  const row = (age: string, labels: string) =>
    `DIGEST\t\tSIZE\tAGE\t\tLABELS\nsha256:1\t10B\t${age}\t${labels}\n`;
  same("content ls", row("Less than a second", "a=b,c/d=e"), row("12 minutes", "c/d=e,a=b"));
  different("content ls", row("2 hours", "a=b"), row("2 hours", "a=c"));
  different("content ls", row("2 hours", "a=b"), row("2 hours", "a=b").replace("10B", "11B"));
});

test("mount options may come in any order, and lie in any directory of the store", () => {
  const mounts = (...options: string[]) => `mount -t overlay overlay /x -o ${options.join(",")}\n`;
  same(
    "snapshots mounts",
    mounts("index=off", "lowerdir=/snapshots/1/fs"),
    mounts("lowerdir=/snapshots/22/fs", "index=off"),
  );
  different("snapshots mounts", mounts("index=off"), mounts("index=on"));
  same("events", '"options":["a","b"]', '"options":["b","a"]');
  different("events", '"options":["a","b"]', '"options":["a"]');
});

test("of a progress display the last states count", () => {
  const ref = "127.0.0.1:5000/a:1: resolved |++++| \n";
  const early = `${ref}layer-sha256:1: downloading |+---| 1.0 B/2.0 B\nelapsed: 0.1 s total: 1.0 B\n`;
  const end = `${ref}layer-sha256:1: done |++++| \nelapsed: 0.2 s total: 2.0 B\nunpacking linux/amd64\ndone: 3.5ms\t\n`;
  assert.equal(
    left("images pull a", early + end),
    "127.0.0.1:5000/a:1: resolved\nlayer-sha256:1: done\nunpacking linux/amd64\ndone: <duration>\n",
  );
  same("images pull a", early + end, end.replace("done |", "exists |"));
  different("images pull a", early + end, early);
  different("images pull a", end, end.replace("layer-sha256:1", "layer-sha256:2"));
});

test("how far the display of a failed pull was drawn is no matter, what is said below is", () => {
  const failed = (stdout: string, stderr = "ctr: no") => {
    const command = ["images", "pull", "a"];
    return normalise({ command, code: 1, stdout, stderr }, places);
  };
  const drawn = "127.0.0.1:5000/a:1: resolving |----| \nelapsed: 0.1 s\ta-b:1 \tfetching image content\t\n";
  assert.deepEqual(failed(drawn), failed(""));
  assert.notDeepEqual(failed(`${drawn}unpacking linux/amd64\n`), failed(drawn));
  assert.notDeepEqual(failed(drawn), failed(drawn, "ctr: not found"));
});

test("of a transfer's tree too", () => {
  const tree = (state: string) =>
    `a-b:1 \tsaved\t\n└──index (999574777346) \t${state}\t|++++|\t\napplication/x sha256:1\nPulling\telapsed: 0.1 s\t\n`;
  assert.equal(
    left("images pull a", tree("waiting") + tree("complete")),
    "a-b:1: saved\nindex (999574777346): complete\napplication/x sha256:1\n",
  );
  different("images pull a", tree("complete"), tree("waiting"));
});

test("numbers of metrics may differ, not their names", () => {
  const table =
    "ID TIMESTAMP \nx seconds:1 nanos:2 \n\nMETRIC VALUE \npids.current 1 \ncpuacct.usage_percpu [1 2] \n";
  same("tasks metrics x", table, table.replace("[1 2]", "[30 40]").replace("current 1", "current 12"));
  different("tasks metrics x", table, table.replace("pids.current", "pids.limit"));
  same("tasks metrics --format json x", '{"pids":{"current":1}}', '{"pids":{"current":2,"limit":3}}');
  different("tasks metrics --format json x", '{"pids":{}}', '{"cpu":{}}');
});

test("the server's version and revision may differ, the client's and the form not", () => {
  const version = (client: string, server: string) =>
    `Client:\n  Version:  ${client}\n\nServer:\n  Version:  ${server}\n  Revision: ${server}\n  UUID: x\n`;
  same("version", version("1", "2"), version("1", "3"));
  different("version", version("1", "2"), version("2", "2"));
  different("version", version("1", "2"), version("1", "2").replace("UUID", "Uuid"));
});

test("what containerd changed from 1.6 to 2 is not held against Davit, where 1.6 is the peer", () => {
  const older = "label key and value greater than maximum size (4096 bytes), key: a: invalid argument";
  const newer = older.replace("value ", "value length (4097 bytes) ");
  same("namespaces create", older, newer, [...RULES, ...SINCE_TWO]);
  different("namespaces create", older, newer);
  different("namespaces create", older, newer.replace("4096", "4097"), [...RULES, ...SINCE_TWO]);
});

test("all else has to be the same, blanks included", () => {
  different("images ls", "REF TYPE \n", "REF TYPE\n");
  different("images ls", "a  b\n", "a b\n");
  different("run x", "1\n2\n", "2\n1\n");
  different("run x", "done: 3ms", "done: 4ms");
  different("run x", "12 -\n", "13 -\n");
});
