import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { isInvalidArgument, NotFoundError, wireMessage } from "@davit/errdefs";
import { createLogger, logLevels, parseLogLevel, type DaemonLogger, type LoggerOptions } from "@davit/log";

function capture(options: LoggerOptions = {}, isTTY = false): { log: DaemonLogger; lines: string[] } {
  const lines: string[] = [];
  const destination = { write: (text: string) => lines.push(text), isTTY };
  return { log: createLogger({ ...options, destination }), lines };
}

const parsed = (lines: readonly string[]): Record<string, unknown>[] =>
  lines.map((line) => JSON.parse(line) as Record<string, unknown>);

const stamp = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{9}Z";

test("json has time, level, msg, the fields, and the error", () => {
  const { log, lines } = capture({ format: "json" });
  log.info({ namespace: "default", error: new NotFoundError("x") }, "it happened");
  const [line] = parsed(lines);
  assert.match(String(line?.["time"]), new RegExp(`^${stamp}$`));
  assert.deepEqual(
    { ...line, time: "" },
    { time: "", level: "info", msg: "it happened", namespace: "default", error: "x: not found" },
  );
  assert.ok(lines[0]?.endsWith("}\n"));
});

test("text is logrus's form when it goes to no terminal", () => {
  const { log, lines } = capture();
  log.warn(
    { id: "c1", address: "/run/x.sock", count: 3, ok: true, empty: "", list: [1, "b"] },
    'two "words"',
  );
  assert.match(
    lines[0] ?? "",
    new RegExp(
      `^time="${stamp}" level=warning msg="two \\\\"words\\\\"" address=/run/x\\.sock count=3 empty= id=c1 list="\\[1,\\\\"b\\\\"\\]" ok=true\n$`,
    ),
  );
});

test("text quotes only what needs it, and nothing breaks a line", () => {
  const { log, lines } = capture();
  log.info({ a: "x=y", b: "line\nbreak\x1b[0m", c: "plain-._/@^+" }, "serving...");
  assert.ok(
    lines.join("").includes(' msg=serving... a="x=y" b="line\\nbreak\\x1b[0m" c=plain-._/@^+\n'),
    lines.join(""),
  );
});

test("an empty message is left out of text", () => {
  const { log, lines } = capture();
  log.info({ a: 1 }, "");
  assert.match(lines[0] ?? "", /level=info a=1\n$/);
});

test("text on a terminal is short and coloured", () => {
  const { log, lines } = capture({ level: "trace" }, true);
  log.info({ id: "c1" }, "started\r");
  log.debug({}, "d");
  log.warn({}, "w");
  log.error({}, "e");
  assert.match(
    lines[0] ?? "",
    new RegExp(`^\x1b\\[36mINFO\x1b\\[0m\\[${stamp}\\] started\\\\r {35}  \x1b\\[36mid\x1b\\[0m=c1\n$`),
  );
  assert.match(lines[1] ?? "", new RegExp(`^\x1b\\[37mDEBU\x1b\\[0m\\[${stamp}\\] d\n$`));
  assert.ok(lines[2]?.startsWith("\x1b[33mWARN\x1b[0m["));
  assert.ok(lines[3]?.startsWith("\x1b[31mERRO\x1b[0m["));
});

test("json stays json on a terminal", () => {
  const { log, lines } = capture({ format: "json" }, true);
  log.info({}, "x");
  assert.equal(parsed(lines)[0]?.["msg"], "x");
});

for (const [index, level] of logLevels.entries()) {
  test(`at level ${level} that and what is graver is written`, () => {
    const { log, lines } = capture({ level, format: "json" });
    for (const each of logLevels) log[each]({}, each);
    assert.deepEqual(
      parsed(lines).map(({ msg }) => msg),
      logLevels.slice(index),
    );
    assert.deepEqual(
      parsed(lines).map(({ level }) => level),
      logLevels.slice(index).map((each) => (each === "warn" ? "warning" : each)),
    );
    assert.ok(log.isLevelEnabled(level));
    assert.equal(log.isLevelEnabled("trace"), level === "trace");
  });
}

test("the level is info unless said otherwise", () => {
  const { log, lines } = capture();
  log.debug({}, "not written");
  assert.deepEqual(lines, []);
});

test("parseLogLevel() knows every level, in any case, and warning", () => {
  for (const level of logLevels) assert.equal(parseLogLevel(level.toUpperCase()), level);
  assert.equal(parseLogLevel("Warning"), "warn");
  assert.throws(
    () => parseLogLevel("loud"),
    (err) =>
      isInvalidArgument(err) &&
      wireMessage(err).startsWith('unknown log level "loud", use one of trace, debug'),
  );
});

test("a child carries its fields, and a line's own fields win", () => {
  const { log, lines } = capture({ format: "json" });
  const child = log.child({ plugin: "a", id: "1" }).child({ id: "2" });
  child.info({}, "x");
  child.info({ plugin: "b" }, "y");
  log.info({}, "z");
  const [x, y, z] = parsed(lines);
  assert.deepEqual([x?.["plugin"], x?.["id"]], ["a", "2"]);
  assert.deepEqual([y?.["plugin"], y?.["id"]], ["b", "2"]);
  assert.equal(z?.["plugin"], undefined);
  assert.equal(lines[1]?.split('"plugin"').length, 2, "the name stands once");
});

test("an error becomes its wire message, in any field and in place of the fields", () => {
  const { log, lines } = capture({ format: "json" });
  const err = new Error("failed to foo", { cause: new NotFoundError("x") });
  log.error({ error: err, nested: { reason: err, all: [err] } }, "a");
  log.error(err, "b");
  log.child({ error: err }).error({}, "c");
  const [a, b, c] = parsed(lines);
  const text = "failed to foo: x: not found";
  assert.deepEqual([a?.["error"], a?.["nested"]], [text, { reason: text, all: [text] }]);
  assert.deepEqual([b?.["error"], b?.["msg"]], [text, "b"]);
  assert.equal(c?.["error"], text);
});

test("fields that are named as the line's own are renamed", () => {
  const { log, lines } = capture({ format: "json" });
  log.info({ level: "x", msg: "y", time: "z" }, "real");
  const [line] = parsed(lines);
  assert.deepEqual(
    [line?.["msg"], line?.["level"], line?.["fields.level"], line?.["fields.msg"], line?.["fields.time"]],
    ["real", "info", "x", "y", "z"],
  );
});

test("values that JSON has no form for are written all the same", () => {
  const { log, lines } = capture({ format: "json" });
  const ring: Record<string, unknown> = {};
  ring["self"] = ring;
  log.info(
    {
      size: 5n,
      huge: 2n ** 64n,
      bytes: new Uint8Array(3),
      map: new Map([["a", 1]]),
      set: new Set([1]),
      none: undefined,
      ring,
      at: new Date(0),
    },
    "x",
  );
  const { size, huge, bytes, map, set, at, ...rest } = parsed(lines)[0] ?? {};
  assert.deepEqual(
    [size, huge, bytes, map, set, at],
    [5, "18446744073709551616", "3 bytes", { a: 1 }, [1], "1970-01-01T00:00:00.000Z"],
  );
  assert.ok(!("none" in rest) && "ring" in rest);
});

test("secrets are taken out of fields, however deep", () => {
  const { log, lines } = capture({ format: "json" });
  log
    .child({ password: "p1" })
    .info({ token: "p2", request: { headers: { Authorization: "p3" } }, list: [{ secret: "p4" }] }, "x");
  assert.ok(!/p[1-4]/.test(lines.join("")), lines.join(""));
  assert.equal(lines.join("").split("[redacted]").length, 5);
});

const run = (script: string, tail = ""): ReturnType<typeof spawnSync> =>
  spawnSync("sh", ["-c", `exec "$0" --input-type=module -e "$1" ${tail}`, process.execPath, script], {
    encoding: "utf8",
    cwd: import.meta.dirname,
  });

test("lines are written to standard error before the call returns, without a worker", () => {
  const child = run(`
    import { createLogger } from "@davit/log";
    const log = createLogger();
    log.info({ n: 1 }, "last words");
    const busy = process.getActiveResourcesInfo().filter((each) => /Worker|MessagePort/.test(each));
    process.stdout.write(JSON.stringify(busy), () => process.kill(process.pid, "SIGKILL"));
  `);
  assert.equal(child.stdout, "[]");
  assert.match(String(child.stderr), /^time="[^"]+" level=info msg="last words" n=1\n$/);
});

test("a reader that went away does not end the program", () => {
  const child = run(
    `
    import { createLogger } from "@davit/log";
    import { setTimeout } from "node:timers/promises";
    const log = createLogger({ destination: 1, format: "json" });
    await setTimeout(200);
    for (let i = 0; i < 10; i++) { log.info({ i }, "nobody listens"); await setTimeout(5); }
    console.error("alive");
  `,
    "| true",
  );
  assert.equal(child.stderr, "alive\n");
});
