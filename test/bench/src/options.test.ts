import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULTS, parseOptions, QUICK, runBench, usage } from "@davit/test-bench";

test("without arguments everything is measured, at full size", () => {
  assert.deepEqual(parseOptions([]), DEFAULTS);
});

test("flags change what they name", () => {
  const args = "-n 2 --only pull --only run --format json --layers 4 --files 100 --size-mb 7".split(" ");
  assert.deepEqual(parseOptions(args), {
    ...DEFAULTS,
    rounds: 2,
    only: ["pull", "run"],
    format: "json",
    image: { layers: 4, files: 100, sizeBytes: 7_000_000 },
  });
  assert.deepEqual(parseOptions(["--quick", "--rounds", "3"]), { ...QUICK, rounds: 3 });
});

test("help has an example and the measures", () => {
  assert.equal(parseOptions(["--help"]), undefined);
  assert.match(usage(["ready", "idle"]), /measures: ready, idle\n\nexample: npm run bench -- /);
});

test("what is not known is refused", async () => {
  assert.throws(() => parseOptions(["--rounds", "0"]), /--rounds 0: not a positive number/);
  assert.throws(() => parseOptions(["--format", "xml"]), /--format xml: use text or json/);
  assert.throws(() => parseOptions(["--fast"]), /--fast/);
  await assert.rejects(runBench({ ...QUICK, only: ["nothing"] }), /--only nothing: no such measure/);
});
