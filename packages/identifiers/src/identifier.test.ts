import assert from "node:assert/strict";
import { test } from "node:test";
import { isInvalidArgument, wireMessage } from "@davit/errdefs";
import { isIdentifier, MAX_IDENTIFIER_BYTES, validateIdentifier } from "@davit/identifiers";

const longest = "a".repeat(MAX_IDENTIFIER_BYTES);
const rule = "must match ^[A-Za-z0-9]+(?:[._-](?:[A-Za-z0-9]+))*$: invalid argument";

for (const id of ["a", "Z9", "default", "k8s.io", "a_b-c.d", "0", longest]) {
  test(`${id} is an identifier`, () => {
    assert.equal(validateIdentifier(id), id);
    assert.ok(isIdentifier(id));
  });
}

const invalid: readonly [string, string][] = [
  ["", "identifier must not be empty: invalid argument"],
  [`${longest}a`, `identifier "${longest}a" greater than maximum length (76 characters): invalid argument`],
  // 26 characters, 78 bytes: the limit is one of bytes.
  [
    "日".repeat(26),
    `identifier "${"日".repeat(26)}" greater than maximum length (76 characters): invalid argument`,
  ],
  [".", `identifier "." ${rule}`],
  ["..", `identifier ".." ${rule}`],
  ["a/b", `identifier "a/b" ${rule}`],
  ["../x", `identifier "../x" ${rule}`],
  ["-a", `identifier "-a" ${rule}`],
  ["a-", `identifier "a-" ${rule}`],
  ["a--b", `identifier "a--b" ${rule}`],
  ["a._b", `identifier "a._b" ${rule}`],
  ["a b", `identifier "a b" ${rule}`],
  ["a\n", `identifier "a\\n" ${rule}`],
  ['"', `identifier "\\"" ${rule}`],
  ["é", `identifier "é" ${rule}`],
];

for (const [id, message] of invalid) {
  test(`validateIdentifier(${JSON.stringify(id)}) is InvalidArgument with containerd's text`, () => {
    assert.throws(
      () => validateIdentifier(id),
      (err) => isInvalidArgument(err) && wireMessage(err) === message,
    );
    assert.equal(isIdentifier(id), false);
  });
}
