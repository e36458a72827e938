import assert from "node:assert/strict";
import { test } from "node:test";
import { quote } from "@davit/errdefs";

const rows: readonly [string, string][] = [
  ["", '""'],
  ["plain", '"plain"'],
  ['a"b\\c', '"a\\"b\\\\c"'],
  ["\x07\b\f\n\r\t\v", '"\\a\\b\\f\\n\\r\\t\\v"'],
  ["\x00\x1b\x7f", '"\\x00\\x1b\\x7f"'],
  ["é日😀+$", '"é日😀+$"'],
  ["\u0085\u00a0\u200b\ue000", '"\\u0085\\u00a0\\u200b\\ue000"'],
  ["\u{f0000}", '"\\U000f0000"'],
];

for (const [text, quoted] of rows) {
  test(`quote() writes ${quoted} as Go does`, () => assert.equal(quote(text), quoted));
}
