import assert from "node:assert/strict";
import { test } from "node:test";
import { copyLabels, mapKeyOf, mergeLabels, unknownPathOf, updateLabels } from "@davit/labels";

const current = { a: "1", b: "2", "x.y/z": "3" };

test("copyLabels() drops empty values and copies", () => {
  const labels = { a: "1", b: "" };
  const copy = copyLabels(labels);
  assert.deepEqual(copy, { a: "1" });
  copy["a"] = "2";
  assert.equal(labels.a, "1");
});

test("mergeLabels() adds, replaces, and deletes by an empty value", () => {
  assert.deepEqual(mergeLabels(current, { a: "9", b: "", c: "4" }), { a: "9", "x.y/z": "3", c: "4" });
  assert.deepEqual(current, { a: "1", b: "2", "x.y/z": "3" });
});

test("an update without paths replaces all labels", () => {
  assert.deepEqual(updateLabels(current, { c: "4", d: "" }), { c: "4" });
  assert.deepEqual(updateLabels(current, {}, []), {});
});

test("the path labels replaces all labels", () => {
  assert.deepEqual(updateLabels(current, { c: "4" }, ["labels"]), { c: "4" });
});

test("a path labels.<key> sets that label only", () => {
  assert.deepEqual(updateLabels(current, { a: "9", b: "8" }, ["labels.a"]), { ...current, a: "9" });
  assert.deepEqual(updateLabels(current, { "x.y/z": "7" }, ["labels.x.y/z"]), { ...current, "x.y/z": "7" });
});

test("a path labels.<key> deletes a label that is empty or absent", () => {
  assert.deepEqual(updateLabels(current, { a: "" }, ["labels.a", "labels.b"]), { "x.y/z": "3" });
});

test("paths of other fields leave the labels alone", () => {
  assert.deepEqual(updateLabels(current, { a: "9" }, ["target", "labelsx", "annotations.a"]), current);
});

test("annotations are updated by their own paths", () => {
  assert.deepEqual(updateLabels({ a: "1" }, { a: "2", b: "3" }, ["annotations.b", "labels"], "annotations"), {
    a: "1",
    b: "3",
  });
});

test("a label named like a member of Object is one like any other", () => {
  const incoming = JSON.parse('{"__proto__":"1","constructor":"2"}') as Record<string, string>;
  const updated = updateLabels({}, incoming, ["labels.__proto__", "labels.constructor", "labels.toString"]);
  assert.deepEqual(Object.entries(updated), [
    ["__proto__", "1"],
    ["constructor", "2"],
  ]);
  assert.equal(Object.getPrototypeOf(updated), Object.prototype);
});

test("mapKeyOf() takes the key out of a path", () => {
  assert.equal(mapKeyOf("labels.a.b", "labels"), "a.b");
  assert.equal(mapKeyOf("labels", "labels"), undefined);
  assert.equal(mapKeyOf("extensions.x", "labels"), undefined);
});

test("unknownPathOf() names the first path that is not allowed", () => {
  const allowed = ["labels", "labels.*", "target"];
  assert.equal(unknownPathOf(["labels", "labels.a.b", "target"], allowed), undefined);
  assert.equal(unknownPathOf(["labels", "target.digest", "size"], allowed), "target.digest");
  assert.equal(unknownPathOf(["labels"], ["labels.*"]), "labels");
  assert.equal(unknownPathOf([], []), undefined);
});
