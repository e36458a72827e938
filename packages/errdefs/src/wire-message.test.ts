import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CanceledError,
  ConflictError,
  InvalidArgumentError,
  NotFoundError,
  UnavailableError,
  UnknownError,
  wireMessage,
} from "@davit/errdefs";

const rows: readonly [string, unknown, string][] = [
  [
    "one error",
    new NotFoundError('container "x" in namespace "default"'),
    'container "x" in namespace "default": not found',
  ],
  ["a plain error", new Error("bucket name required"), "bucket name required"],
  [
    "a plain error around a kind",
    new Error("failed to foo", { cause: new NotFoundError("x") }),
    "failed to foo: x: not found",
  ],
  [
    "a plain error that repeats its cause",
    new Error("failed to foo: x: not found", { cause: new NotFoundError("x") }),
    "failed to foo: x: not found",
  ],
  ["the same kind twice", new NotFoundError("a", { cause: new NotFoundError("b") }), "a: b: not found"],
  [
    "another kind inside",
    new ConflictError("a", { cause: new NotFoundError("b") }),
    "a: b: not found: conflict",
  ],
  [
    "a kind around a plain error",
    new UnavailableError("pull", { cause: new Error("reset") }),
    "pull: reset: unavailable",
  ],
  ["a text that has the kind already", new NotFoundError("x: not found"), "x: not found"],
  ["nothing but the kind", new NotFoundError(""), "not found"],
  ["Unknown adds nothing", new UnknownError("skipped"), "skipped"],
  ["a bare text", new NotFoundError("lease does not exist", { bare: true }), "lease does not exist"],
  [
    "a bare text hides its cause",
    new InvalidArgumentError('"x" failed validation', { bare: true, cause: new Error("secret") }),
    '"x" failed validation',
  ],
  [
    "a bare text wrapped",
    new Error("outer", { cause: new NotFoundError("lease does not exist", { bare: true }) }),
    "outer: lease does not exist",
  ],
  [
    "an abort",
    new Error("read", { cause: new DOMException("stop", "AbortError") }),
    "read: context canceled",
  ],
  [
    "a time-out",
    new Error("read", { cause: new DOMException("late", "TimeoutError") }),
    "read: context deadline exceeded",
  ],
  ["a Canceled of ours", new CanceledError("wait"), "wait: context canceled"],
  [
    "an abort with a reason",
    Object.assign(new Error("aborted", { cause: new UnavailableError("shutting down") }), {
      name: "AbortError",
    }),
    "shutting down: unavailable",
  ],
  ["a cause that is a string", new Error("a", { cause: "b" }), "a: b"],
  ["a cause that is null", new Error("a", { cause: null }), "a"],
  ["an error without a message", new TypeError(), "TypeError"],
  [
    "several errors",
    new AggregateError([new Error("a"), new NotFoundError("b")], "all failed"),
    "all failed: a; b: not found",
  ],
  ["a failed disposal", new SuppressedError(new Error("close"), new NotFoundError("x")), "x: not found"],
  ["a string", "boom", "boom"],
  ["an object with a message", { message: "boom" }, "boom"],
  ["undefined", undefined, "undefined"],
];

for (const [name, err, text] of rows) {
  test(`the wire message of ${name}`, () => assert.equal(wireMessage(err), text));
}

test("message is what this error says, without its causes", () => {
  assert.equal(new NotFoundError("a", { cause: new Error("b") }).message, "a: not found");
  assert.equal(new NotFoundError("a", { bare: true }).message, "a");
});
