import assert from "node:assert/strict";
import { test } from "node:test";
import { renderTable } from "./table.ts";

const columns = [
  { header: "NAME", value: ({ name }: { name: string }) => name },
  { header: "N", value: ({ name }: { name: string }) => String(name.length), align: "right" as const },
  { header: "LAST", value: () => "" },
];

test("columns are as wide as they need, numbers at the right, nothing is a dash", () => {
  const text = renderTable(columns, [{ name: "a" }, { name: "longer name" }]);
  assert.equal(text, "NAME           N   LAST\na              1   -\nlonger name   11   -\n");
});

test("an empty list is its header", () => {
  assert.equal(renderTable(columns, []), "NAME   N   LAST\n");
});

test("what is listed cannot move the cursor, and is counted in characters", () => {
  assert.equal(renderTable(columns.slice(0, 2), [{ name: "\u001b[2J\n" }]), "NAME    N\n?[2J?   5\n");
  assert.equal(renderTable(columns.slice(0, 2), [{ name: "naïve😀" }]), "NAME     N\nnaïve😀   7\n");
});
