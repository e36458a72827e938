import assert from "node:assert/strict";
import { test } from "node:test";
import * as errdefs from "@davit/errdefs";
import {
  DavitError,
  errorKinds,
  isDavitError,
  isNotFound,
  kindOf,
  kindText,
  NotFoundError,
  UnavailableError,
} from "@davit/errdefs";

type ErrorClass = new (what: string, options?: errdefs.DavitErrorOptions) => DavitError;
const exported = errdefs as unknown as Record<string, unknown>;

for (const kind of errorKinds) {
  test(`${kind} has a class, a text, a predicate and a name`, () => {
    const Class = exported[`${kind}Error`] as ErrorClass;
    const is = exported[`is${kind}`] as (err: unknown) => boolean;
    const err = new Class("thing");
    assert.equal(kindOf(err), kind);
    assert.equal(err.name, `${kind}Error`);
    assert.equal(err.message, kind === "Unknown" ? "thing" : `thing: ${kindText(kind)}`);
    assert.ok(is(err));
    assert.ok(is(new Error("outer", { cause: err })));
    assert.equal(is(new NotFoundError("x")), kind === "NotFound");
    assert.equal(is(new Error("plain")), kind === "Unknown");
    assert.ok(err instanceof DavitError);
  });
}

test("there are sixteen kinds besides Canceled and DeadlineExceeded", () => {
  const own = errorKinds.filter((kind) => kind !== "Canceled" && kind !== "DeadlineExceeded");
  assert.equal(own.length, 16);
});

test("the outermost classified error of a chain decides the kind", () => {
  const inner = new NotFoundError("x");
  assert.equal(kindOf(new Error("a", { cause: new UnavailableError("b", { cause: inner }) })), "Unavailable");
});

test("what is no error is Unknown", () => {
  for (const value of [undefined, null, "not found", 5, {}]) assert.equal(kindOf(value), "Unknown");
});

test("an error of another installed copy is recognised by its brand", () => {
  const foreign = Object.assign(new Error("x: not found"), {
    [Symbol.for("@davit/errdefs")]: "NotFound",
  });
  assert.ok(isNotFound(foreign));
  assert.ok(isDavitError(foreign));
});

test("an aborted signal is Canceled, a timed out one DeadlineExceeded", async () => {
  assert.equal(kindOf(AbortSignal.abort().reason), "Canceled");
  const signal = AbortSignal.timeout(1);
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  assert.equal(kindOf(signal.reason), "DeadlineExceeded");
});

test("an AbortError of Node takes the kind of the signal's reason", () => {
  const wrap = (cause: unknown): Error =>
    Object.assign(new Error("The operation was aborted", { cause }), { name: "AbortError" });
  assert.equal(kindOf(wrap(new DOMException("late", "TimeoutError"))), "DeadlineExceeded");
  assert.equal(kindOf(wrap(new UnavailableError("shutting down"))), "Unavailable");
  assert.equal(kindOf(wrap(new Error("no reason"))), "Canceled");
});

test("a failed disposal does not hide the kind of the error before it", () => {
  assert.equal(kindOf(new SuppressedError(new Error("close failed"), new NotFoundError("x"))), "NotFound");
});

test("a ring of causes ends", () => {
  const a = new Error("a");
  a.cause = new Error("b", { cause: a });
  assert.equal(kindOf(a), "Unknown");
  assert.ok(errdefs.wireMessage(a).startsWith("a: b: a"));
});

test("isErrno tells operating-system errors by name", async () => {
  const { readFile } = await import("node:fs/promises");
  const err: unknown = await readFile("/nonexistent/file").catch((e: unknown) => e);
  assert.ok(errdefs.isErrno(err, "EEXIST", "ENOENT"));
  assert.ok(!errdefs.isErrno(err, "EEXIST"));
  assert.equal(errdefs.errnoOf(err), "ENOENT");
  assert.equal(errdefs.errnoOf(AbortSignal.abort().reason), undefined);
  assert.equal(errdefs.errnoOf("ENOENT"), undefined);
});
