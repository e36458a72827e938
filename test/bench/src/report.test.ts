import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULTS, table, targetsOf, toJson, toText, type BenchResult, type Row } from "@davit/test-bench";

const row = (name: string, unit: string, values: Row["values"]): Row => ({
  name,
  unit,
  values,
  measure: name,
  digits: 1,
  better: "less",
});

const result: BenchResult = {
  options: DEFAULTS,
  peers: [
    { name: "davitd", label: "davitd" },
    { name: "containerd", label: "containerd 2.4.2" },
    { name: "debian", label: "containerd 1.6.20" },
  ],
  rows: [
    row("daemon ready", "ms", {
      davitd: [200, 240, 280],
      containerd: [20, 24, 80],
      debian: [40, 40, undefined],
    }),
    row("idle RSS", "MB", { davitd: [101], containerd: [38], debian: [undefined] }),
    row("event loop in a pull, longest gap", "ms", { davitd: [12, 51, 20] }),
  ],
  gaps: [{ at: "2026-01-02T03:04:05.678Z", ms: 51, cpuMs: 20, queuedMs: 30, gcMs: 2.5 }],
  failures: ["idle, containerd 1.6.20: it ended"],
};

test("columns are aligned", () => {
  assert.equal(
    table([
      ["a", "b"],
      ["long", "12"],
      ["x", ""],
    ]),
    "a      b\nlong  12\nx",
  );
});

test("targets are those of the median, and of the longest gap", () => {
  assert.deepEqual(
    targetsOf(result).map(({ name, value, verdict }) => [name, value, verdict]),
    [
      ["daemon ready", 240, "ok"],
      ["idle RSS", 101, "missed"],
      ["event loop in a pull, longest gap", 51, "missed"],
      ["event loop in a pull --local, longest gap", undefined, "not measured"],
    ],
  );
});

test("the text has medians, spread, ratios, targets, gaps and failures", () => {
  const lines = toText(result).split("\n");
  assert.match(
    lines[0] ?? "",
    /^ +unit +better +davitd +containerd 2\.4\.2 +ratio +containerd 1\.6\.20 +ratio$/,
  );
  const [, ready, idle, gap] = lines.map((line) => line.replaceAll(/ {2,}/g, " | "));
  const spread = "240.0 (200.0–280.0) | 24.0 (20.0–80.0) | 10.00 | 40.0 (40.0–40.0) | 5.50";
  assert.equal(ready, `daemon ready | ms | less | ${spread}`);
  assert.equal(idle, "idle RSS | MB | less | 101.0 | 38.0 | 2.66 | failed");
  assert.equal(gap, "event loop in a pull, longest gap | ms | less | 20.0 (12.0–51.0)");
  const text = lines.join("\n");
  assert.match(
    text,
    /\nok +daemon ready: 240\.0 ms, limit 300 ms\nmissed +idle RSS: 101\.0 MB, limit 100 MB\n/,
  );
  assert.match(text, /\n2026-01-02T03:04:05\.678Z +51\.0 +20\.0 +2\.5 +30\.0\n/);
  assert.match(text, /\nfailed: idle, containerd 1\.6\.20: it ended\n/);
});

test("the JSON has every value, the machine and the targets", () => {
  const json = JSON.parse(toJson(result)) as {
    machine: { cores: number };
    rows: { values: unknown; summaries: Record<string, unknown>; ratios: unknown }[];
    targets: unknown[];
  };
  assert.ok(json.machine.cores > 0);
  assert.deepEqual(json.rows[0]?.values, {
    davitd: [200, 240, 280],
    containerd: [20, 24, 80],
    debian: [40, 40, null],
  });
  assert.deepEqual(json.rows[0]?.ratios, { containerd: 10, debian: 5.5 });
  assert.deepEqual(json.rows[0]?.summaries["debian"], { median: 40, min: 40, max: 40, count: 2 });
  assert.equal(json.targets.length, 4);
});
