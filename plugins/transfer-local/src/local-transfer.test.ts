import assert from "node:assert/strict";
import { test } from "node:test";
import type { TransferEnd } from "@davit/transfer";
import { Fixture, NAMESPACE } from "./testing/fixture.ts";
import { imageOf, layerOf } from "./testing/image.ts";

const store = (name: string): TransferEnd => ({ kind: "image-store", name });
const registry: TransferEnd = { kind: "oci-registry", reference: "a/b:c" };

test("pull and tag are supported, what comes later is not", async () => {
  await using fixture = await Fixture.start();
  const { transferrer } = fixture;
  assert.equal(transferrer.supports(registry, store("a")), true);
  assert.equal(transferrer.supports(store("a"), store("b")), true);
  assert.equal(transferrer.supports(store("a"), registry), false);
  assert.equal(transferrer.supports(registry, { kind: "archive" } as unknown as TransferEnd), false);
  await assert.rejects(transferrer.transfer(store("a"), registry, { namespace: NAMESPACE }), {
    name: "NotImplementedError",
  });
});

test("tagging gives an image another name, and says nothing of it", async () => {
  await using fixture = await Fixture.start();
  const image = imageOf([layerOf({ a: "" })]);
  const reference = fixture.registry.put(image);
  await fixture.pull(reference);
  fixture.progress.length = 0;
  const call = {
    namespace: NAMESPACE,
    onProgress: (each: (typeof fixture.progress)[0]) => fixture.progress.push(each),
  };
  const tag = (name: string) => fixture.transferrer.transfer(store(reference), store(name), call);
  await tag("second");
  await tag("second");
  assert.equal((await fixture.images.get("second")).target.digest, image.top.digest);
  assert.deepEqual(fixture.progress, []);
  await assert.rejects(tag(""), { message: "no image name found: not found" });
});

test("an image that is not there cannot be tagged", async () => {
  await using fixture = await Fixture.start();
  await assert.rejects(fixture.transferrer.transfer(store("absent"), store("b"), { namespace: NAMESPACE }), {
    name: "NotFoundError",
    message: 'image "absent": not found',
  });
});
