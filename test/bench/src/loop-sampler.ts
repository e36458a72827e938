// Loaded into a daemon by NODE_OPTIONS=--import: watches its event loop. At each SIGUSR2 it writes what it has seen since the
// last one to the file that DAVIT_LOOP_REPORT names, and begins anew.
import { openSync, readSync, renameSync, writeFileSync } from "node:fs";
import { monitorEventLoopDelay, PerformanceObserver, performance } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";
import type { LoopGap, LoopReport } from "./loop-report.ts";

const RESOLUTION_MS = 1;
const TICK_MS = 2;
/** Shorter gaps are not worth a line. */
const GAP_MS = 4;
const KEPT = 10;

const file = process.env["DAVIT_LOOP_REPORT"];
// The daemon's own children are not to be watched; worker threads load this module, too.
delete process.env["NODE_OPTIONS"];
if (isMainThread && file !== undefined) watch(file);

function watch(file: string): void {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const schedule = scheduleReader();
  let since = Date.now();
  let gaps: (LoopGap & { readonly start: number })[] = [];
  let collections: { readonly start: number; readonly end: number }[] = [];
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries())
      collections.push({ start: startTime, end: startTime + duration });
  }).observe({ entryTypes: ["gc"] });

  let last = { time: performance.now(), ...schedule() };
  setInterval(() => {
    const now = { time: performance.now(), ...schedule() };
    const ms = now.time - last.time - TICK_MS;
    if (ms >= GAP_MS)
      gaps.push({
        at: new Date().toISOString(),
        ms,
        start: last.time,
        cpuMs: now.cpuMs - last.cpuMs,
        queuedMs: now.queuedMs - last.queuedMs,
        gcMs: 0,
      });
    last = now;
  }, TICK_MS).unref();
  delays.enable();

  process.on("SIGUSR2", () => {
    const longest = gaps.toSorted((a, b) => held(b) - held(a)).slice(0, KEPT);
    const report: LoopReport = {
      since: new Date(since).toISOString(),
      until: new Date().toISOString(),
      maxMs: Math.max(0, delays.max / 1e6 - RESOLUTION_MS),
      // Without a gap worth a line there was none that waiting could explain.
      heldMs: gaps.length === 0 ? Math.max(0, delays.max / 1e6 - RESOLUTION_MS) : Math.max(...gaps.map(held)),
      p99Ms: Math.max(0, delays.percentile(99) / 1e6 - RESOLUTION_MS),
      gaps: longest.map(({ start, ...gap }) => ({
        ...gap,
        gcMs: overlap(collections, start, start + gap.ms),
      })),
    };
    writeFileSync(`${file}.new`, JSON.stringify(report));
    renameSync(`${file}.new`, file);
    since = Date.now();
    gaps = [];
    collections = [];
    delays.reset();
    last = { time: performance.now(), ...schedule() };
  });
}

const held = ({ ms, queuedMs }: LoopGap): number => Math.max(0, ms - queuedMs);

const overlap = (spans: readonly { start: number; end: number }[], from: number, to: number): number =>
  spans.reduce((total, { start, end }) => total + Math.max(0, Math.min(end, to) - Math.max(start, from)), 0);

/** How long this thread has run, and how long it was ready to run without a core, in milliseconds (Linux sched-stats.rst). */
function scheduleReader(): () => { cpuMs: number; queuedMs: number } {
  const buffer = Buffer.alloc(128);
  let fd: number;
  try {
    fd = openSync("/proc/self/schedstat", "r");
  } catch {
    return () => ({ cpuMs: 0, queuedMs: 0 }); // A kernel without CONFIG_SCHED_INFO.
  }
  return () => {
    const text = buffer.toString("latin1", 0, readSync(fd, buffer, 0, buffer.length, 0));
    const [cpu = 0, queued = 0] = text.split(" ").map(Number);
    return { cpuMs: cpu / 1e6, queuedMs: queued / 1e6 };
  };
}
