import assert from "node:assert/strict";
import { test } from "node:test";
import { isInvalidArgument, wireMessage } from "@davit/errdefs";
import { parseReference, Reference } from "@davit/reference";

const hex = "abcdef0123456789".repeat(4);

/** Text, locator, object, hostname, tag, digest, and the text that is written. */
const rows: readonly (readonly [string, string, string, string, string, string, string?])[] = [
  ["docker.io/library/redis:7", "docker.io/library/redis", "7", "docker.io", "7", ""],
  [
    `docker.io/library/redis@sha256:${hex}`,
    "docker.io/library/redis",
    `@sha256:${hex}`,
    "docker.io",
    "",
    `sha256:${hex}`,
  ],
  [`example.com/r:7@sha256:${hex}`, "example.com/r", `7@sha256:${hex}`, "example.com", "7", `sha256:${hex}`],
  ["example.com/r:obj@abcdef", "example.com/r", "obj@abcdef", "example.com", "obj", "abcdef"],
  ["localhost:5000/r:1", "localhost:5000/r", "1", "localhost:5000", "1", ""],
  ["[::1]:5000/r:1", "[::1]:5000/r", "1", "[::1]:5000", "1", ""],
  ["localhost:5000/a/b/c", "localhost:5000/a/b/c", "", "localhost:5000", "", ""],
  ["alpine", "alpine", "", "alpine", "", ""],
  ["example.com/r:7?q=1#f", "example.com/r", "7", "example.com", "7", "", "example.com/r:7"],
  ["example.com//a/./b/:1", "example.com/a/b", "1", "example.com", "1", "", "example.com/a/b:1"],
  ["example.com/a/../b:1", "example.com/b", "1", "example.com", "1", "", "example.com/b:1"],
  ["example.com/a%2db:1", "example.com/a-b", "1", "example.com", "1", "", "example.com/a-b:1"],
  ["example.com/r:a:b", "example.com/r", "a:b", "example.com", "a:b", ""],
  ["example.com/r:", "example.com/r", "", "example.com", "", "", "example.com/r"],
  ["xn--n3h.com/Image:Tag", "xn--n3h.com/Image", "Tag", "xn--n3h.com", "Tag", ""],
];

for (const [text, locator, object, hostname, tag, digest, written = text] of rows) {
  test(`${text} is taken apart and written`, () => {
    const reference = parseReference(text);
    assert.equal(reference.locator, locator);
    assert.equal(reference.object, object);
    assert.equal(reference.hostname, hostname);
    assert.equal(reference.repository, locator.slice(hostname.length + 1));
    assert.equal(reference.tag, tag);
    assert.equal(reference.digest, digest);
    assert.equal(String(reference), written);
    assert.deepEqual(parseReference(written), reference);
  });
}

const invalid: readonly [string, string][] = [
  ["", "hostname required"],
  ["/docker.io/library/redis:1", "hostname required"],
  ["?x", "hostname required"],
  [":5000/r", "hostname required"],
  ["http://example.com/r:1", "invalid reference"],
  ["example.com/r:1\n", "invalid reference"],
  ["example.com/r%zz:1", "invalid reference"],
  ["user@example.com/r:1", "invalid reference"],
  ["exa mple.com/r:1", "invalid reference"],
  ["example.com/../other.com/r:1", "invalid reference"],
  ["../r:1", "invalid reference"],
  ["alpine:3x", 'invalid port ":3x" after host'],
];

for (const [text, message] of invalid) {
  test(`parseReference(${JSON.stringify(text)}) says ${message}`, () => {
    assert.throws(
      () => parseReference(text),
      (err) => {
        assert.equal(wireMessage(err), message);
        return isInvalidArgument(err);
      },
    );
  });
}

test("requireObject() demands a tag or a digest", () => {
  assert.equal(parseReference("example.com/r:1").requireObject().tag, "1");
  assert.throws(
    () => parseReference("alpine").requireObject(),
    (err) => isInvalidArgument(err) && wireMessage(err) === "object required",
  );
});

test("a reference can be built of its parts", () => {
  assert.equal(String(new Reference("example.com/r", "@sha256:x")), "example.com/r@sha256:x");
  assert.equal(String(new Reference("example.com/r", "1")), "example.com/r:1");
});
