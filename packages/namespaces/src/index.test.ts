import assert from "node:assert/strict";
import { test } from "node:test";
import { isFailedPrecondition, isInvalidArgument, wireMessage } from "@davit/errdefs";
import { DEFAULT_NAMESPACE, NAMESPACE_LABELS, requireNamespace } from "@davit/namespaces";

function refusal(namespace: string, kind: (err: unknown) => boolean): string {
  try {
    requireNamespace({ namespace });
  } catch (err) {
    assert.ok(kind(err));
    return wireMessage(err);
  }
  return assert.fail("it was to be refused");
}

test("a namespace is an identifier", () => {
  for (const namespace of [DEFAULT_NAMESPACE, "k8s.io", "a-b_c.D9"])
    assert.equal(requireNamespace({ namespace }), namespace);
});

test("a call without a namespace is FailedPrecondition", () => {
  assert.equal(refusal("", isFailedPrecondition), "namespace is required: failed precondition");
});

test("a namespace that is no identifier is InvalidArgument", () => {
  for (const namespace of ["a b", "a/b", "-a", "é", "x".repeat(77)])
    assert.match(
      refusal(namespace, isInvalidArgument),
      /^namespace validation: identifier .*: invalid argument$/,
    );
});

test("labels have containerd's names", () => {
  assert.equal(NAMESPACE_LABELS.shareable, "containerd.io/namespace.shareable");
  assert.equal(NAMESPACE_LABELS.snapshotter, "containerd.io/defaults/snapshotter");
});
