import assert from "node:assert/strict";
import { test } from "node:test";
import type { TransferProgress } from "@davit/client";
import { renderBars, type Frame } from "./bars.ts";
import { Jobs, type Job } from "./jobs.ts";
import { LineProgress } from "./line-progress.ts";

const LAYER = `layer-sha256:${"4c9f7eacda1c".padEnd(64, "0")}`;
const report = (event: string, progress = 0, total = 0, name: string = LAYER): TransferProgress => ({
  event,
  name,
  parents: [],
  progress,
  total,
});
const plain = (text: string): string => text;
const frame: Frame = {
  columns: 100,
  rows: 24,
  colors: { green: plain, cyan: plain, dim: plain, bold: plain },
};
const job = (event: string, more: Partial<Job> = {}): Job => ({
  kind: "layer",
  id: "4c9f7eacda1c",
  event,
  done: 0,
  total: 0,
  rate: 0,
  ...more,
});
const draw = (jobs: readonly Job[], more: Partial<Frame> = {}): string[] =>
  renderBars({ title: "alpine", jobs, elapsedMs: 1234 }, { ...frame, ...more });

test("reports add up to jobs, in the order they are discovered, with a rate", () => {
  const jobs = new Jobs();
  jobs.add(report("Resolving", 0, 0, ""), 0);
  assert.equal(jobs.headline, "Resolving");
  jobs.add(report("waiting", 0, 4096), 0);
  jobs.add(report("waiting", 0, 1, `config-sha256:${"a".repeat(64)}`), 0);
  jobs.add(report("downloading", 1024, 4096), 500);
  jobs.add(report("downloading", 2048, 4096), 1000);
  const [layer, config] = jobs.all;
  assert.deepEqual(
    [layer?.kind, layer?.id, layer?.done, layer?.total],
    ["layer", "4c9f7eacda1c", 2048, 4096],
  );
  assert.equal(layer?.rate, 2048);
  assert.equal(config?.kind, "config");
});

test("bars show what is done, of how much, how fast", () => {
  assert.deepEqual(draw([job("downloading", { done: 1 << 20, total: 2 << 20, rate: 512 * 1024 })]), [
    "alpine",
    "  layer 4c9f7eacda1c     downloading   [============>           ]  1.0 MiB / 2.0 MiB  512.0 KiB/s",
    "  1.0 MiB in 1.2 s",
  ]);
  assert.match(
    draw([job("extracting", { done: 1, total: 4 })])[1] ?? "",
    /extracting +\[======> {17}\] {2}1 B \/ 4 B$/,
  );
  assert.match(draw([job("waiting", { total: 5 })])[1] ?? "", /waiting +\[ {24}\]/);
  assert.match(draw([job("extracted", { done: 5, total: 5 })])[1] ?? "", /extracted +\[={24}\] {2}5 B$/);
  assert.match(draw([job("already exists")])[1] ?? "", /\[={24}\] {2}0 B$/);
});

test("bars are no wider than the terminal, and go where it is narrow", () => {
  const lines = draw([job("downloading", { done: 1 << 20, total: 2 << 20, rate: 1 })], { columns: 60 });
  assert.ok(lines.every((line) => line.length < 60));
  assert.ok(!lines.some((line) => line.includes("[")));
});

test("bars are no more than the terminal's rows: what is done is hidden first", () => {
  const jobs = Array.from({ length: 30 }, (_, index) =>
    job(index < 20 ? "complete" : "downloading", { id: String(index).padStart(12, "0"), total: 9, done: 3 }),
  );
  const lines = draw(jobs, { rows: 12 });
  assert.ok(lines.length < 12);
  assert.equal(lines.filter((line) => line.includes("downloading")).length, 7);
  assert.ok(lines.some((line) => line.includes("… 23 more")));
});

test("a name from elsewhere cannot move the cursor", () => {
  const [title = ""] = renderBars({ title: "\u001b[2J", jobs: [], elapsedMs: 0 }, frame);
  assert.equal(title, "?[2J");
});

test("lines say every change once, and that a long job lives", () => {
  const lines: string[] = [];
  let now = 0;
  const progress = new LineProgress({ write: (text: string) => lines.push(text) }, () => now);
  for (const event of [
    report("Resolving from x", 0, 0, ""),
    report("Resolving from x", 0, 0, ""),
    report("waiting", 0, 4096),
    report("downloading", 1024, 4096),
    report("downloading", 2048, 4096),
  ])
    progress.add(event);
  now = 6000;
  progress.add(report("downloading", 3072, 4096));
  progress.add(report("complete", 4096, 4096));
  progress.add(report("extracted", 4096, 4096));
  assert.deepEqual(lines, [
    "Resolving from x\n",
    "layer 4c9f7eacda1c: downloading 1.0 KiB / 4.0 KiB\n",
    "layer 4c9f7eacda1c: downloading 3.0 KiB / 4.0 KiB  171 B/s\n",
    "layer 4c9f7eacda1c: complete 4.0 KiB\n",
    "layer 4c9f7eacda1c: extracted 4.0 KiB\n",
  ]);
});

test("lines have no control characters", () => {
  const lines: string[] = [];
  new LineProgress({ write: (text: string) => lines.push(text) }).add(report("\u001b[2Jhello", 0, 0, ""));
  assert.deepEqual(lines, ["?[2Jhello\n"]);
});
