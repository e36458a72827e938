import assert from "node:assert/strict";
import { test } from "node:test";
import {
  codeToKind,
  DavitError,
  detailsOf,
  errorKinds,
  fromHttpStatus,
  fromStatus,
  httpToKind,
  kindOf,
  kindText,
  kindToCode,
  NotFoundError,
  toHttpStatus,
  toStatus,
  UnavailableError,
  UnexpectedStatusError,
  type ErrorKind,
} from "@davit/errdefs";

const codes: readonly [ErrorKind, number][] = [
  ["Canceled", 1],
  ["Unknown", 2],
  ["InvalidArgument", 3],
  ["DeadlineExceeded", 4],
  ["NotFound", 5],
  ["AlreadyExists", 6],
  ["PermissionDenied", 7],
  ["ResourceExhausted", 8],
  ["FailedPrecondition", 9],
  ["Conflict", 9],
  ["NotModified", 9],
  ["Aborted", 10],
  ["OutOfRange", 11],
  ["NotImplemented", 12],
  ["Internal", 13],
  ["Unavailable", 14],
  ["DataLoss", 15],
  ["Unauthenticated", 16],
];

for (const [kind, code] of codes) {
  test(`${kind} is code ${code} and survives the wire`, () => {
    const status = toStatus(new DavitError(kind, "thing"));
    assert.deepEqual(status, { code, message: kind === "Unknown" ? "thing" : `thing: ${kindText(kind)}` });
    assert.equal(kindToCode(kind), code);
    const back = fromStatus(status);
    assert.equal(kindOf(back), kind);
    assert.equal(back.what, "thing");
    assert.deepEqual(toStatus(back), status);
  });
}

test("the table of codes names every kind", () => {
  assert.deepEqual(codes.map(([kind]) => kind).sort(), [...errorKinds].sort());
});

test("a code that is none is Unknown", () => {
  for (const code of [0, 17, -1, 99]) assert.equal(codeToKind(code), "Unknown");
});

test("a plain error is code 2 with its message", () => {
  assert.deepEqual(toStatus(new Error("bucket name required")), { code: 2, message: "bucket name required" });
});

test("a message of code 9 is told by how it ends", () => {
  const kinds = (message: string): ErrorKind => kindOf(fromStatus({ code: 9, message }));
  assert.equal(kinds("conflict"), "Conflict");
  assert.equal(kinds("x: conflict"), "Conflict");
  assert.equal(kinds("not modified"), "NotModified");
  assert.equal(kinds("x: not modified"), "NotModified");
  assert.equal(kinds("in conflict"), "FailedPrecondition");
  assert.equal(kinds("conflict: x"), "FailedPrecondition");
});

test("a message without the kind's text stays as it is, as in Go's clients", () => {
  const err = fromStatus({ code: 5, message: "lease does not exist" });
  assert.equal(err.message, "lease does not exist");
  assert.deepEqual(toStatus(err), { code: 5, message: "lease does not exist" });
  assert.equal(toStatus(new Error("get", { cause: err })).message, "get: lease does not exist");
  assert.equal(fromStatus({ code: 12, message: "" }).message, "not implemented");
  assert.equal(fromStatus({ code: 5, message: "not found" }).message, "not found");
  assert.equal(fromStatus({ code: 2, message: "x: unknown" }).message, "x");
});

test("an unexpected HTTP status is found at the end of a message of code 2", () => {
  for (const message of ["pull: unexpected status code 503", "pull: unexpected status 503"]) {
    const err = fromStatus({ code: 2, message });
    assert.ok(err instanceof UnexpectedStatusError);
    assert.equal(err.status, 503);
    assert.equal(err.message, "pull: unexpected status 503");
    assert.equal(toHttpStatus(err), 503);
  }
  assert.ok(!(fromStatus({ code: 2, message: "unexpected status 999" }) instanceof UnexpectedStatusError));
  assert.equal(
    fromStatus({ code: 2, message: "unexpected status code 418" }).message,
    "unexpected status 418",
  );
});

test("details travel both ways", () => {
  const details = [{ typeUrl: "google.protobuf.Empty", value: new Uint8Array() }];
  const status = toStatus(new Error("outer", { cause: new NotFoundError("x", { details }) }));
  assert.deepEqual(status, { code: 5, message: "outer: x: not found", details });
  assert.deepEqual(detailsOf(fromStatus(status)), details);
  assert.deepEqual(detailsOf(new Error("none")), []);
});

test("HTTP statuses map to kinds and back", () => {
  const both: readonly [number, ErrorKind][] = [
    [304, "NotModified"],
    [400, "InvalidArgument"],
    [401, "Unauthenticated"],
    [403, "PermissionDenied"],
    [404, "NotFound"],
    [409, "Conflict"],
    [412, "FailedPrecondition"],
    [416, "OutOfRange"],
    [429, "ResourceExhausted"],
    [499, "Canceled"],
    [500, "Internal"],
    [501, "NotImplemented"],
    [503, "Unavailable"],
    [504, "DeadlineExceeded"],
  ];
  for (const [status, kind] of both) {
    assert.equal(httpToKind(status), kind);
    assert.equal(toHttpStatus(new DavitError(kind, "x")), status);
    assert.equal(kindOf(fromHttpStatus(status, "x")), kind);
  }
  assert.equal(toHttpStatus(new DavitError("AlreadyExists", "x")), 409);
  assert.equal(toHttpStatus(new DavitError("DataLoss", "x")), 500);
  assert.equal(toHttpStatus(new Error("x")), 500);
});

test("an HTTP status without a kind is kept", () => {
  const err = fromHttpStatus(418, "brew");
  assert.equal(err.message, "brew: unexpected status 418");
  assert.equal(toHttpStatus(new Error("outer", { cause: err })), 418);
  assert.equal(kindOf(err), "Unknown");
  assert.equal(kindOf(new Error("x", { cause: new UnavailableError("y", { cause: err }) })), "Unavailable");
});
