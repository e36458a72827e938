import assert from "node:assert/strict";
import { test } from "node:test";
import { Images } from "@davit/api/services/images";
import { digestOf } from "@davit/digest";
import { NotFoundError, quote } from "@davit/errdefs";
import type { Image, ImageStore } from "@davit/images";
import { requireNamespace } from "@davit/namespaces";
import { registrationOf } from "@davit/plugin";
import { GrpcImagesPlugin, ImagesServicePlugin, imagesService } from "@davit/plugin-grpc-images";
import { serve, statusOf } from "@davit/test-support/serve";

const digest = digestOf("a");
const target = { mediaType: "application/x", digest, size: 7, annotations: { a: "1" } };
const image: Image = { name: "a", labels: { l: "2" }, target, createdAt: 1_000_000_002n, updatedAt: 3n };
const message = { name: "a", labels: { l: "2" }, target: { ...target, size: 7n } };
const ns = { namespace: "ns" };

/** A store that has one image, and notes what it is asked. */
class RecordingImages implements ImageStore {
  readonly calls: unknown[] = [];

  async get(...[name, options]: Parameters<ImageStore["get"]>): Promise<Image> {
    requireNamespace(options);
    if (name !== image.name) throw new NotFoundError(`image ${quote(name)}`);
    return image;
  }
  async *list(...[{ filters, namespace }]: Parameters<ImageStore["list"]>): AsyncGenerator<Image> {
    this.calls.push({ list: filters, namespace });
    yield image;
  }
  async create(...[created, { sourceDateEpoch, lease }]: Parameters<ImageStore["create"]>): Promise<Image> {
    this.calls.push({ create: created, sourceDateEpoch, lease });
    return image;
  }
  async update(
    ...[updated, { sourceDateEpoch, fieldpaths }]: Parameters<ImageStore["update"]>
  ): Promise<Image> {
    this.calls.push({ update: updated, sourceDateEpoch, fieldpaths });
    return image;
  }
  async delete(...[name, options]: Parameters<ImageStore["delete"]>): Promise<void> {
    this.calls.push({ delete: name, target: options.target });
    await this.get(name, options);
  }
}

async function fixture() {
  const images = new RecordingImages();
  const gc = { scheduleAndWait: async () => void images.calls.push("collected") };
  const served = await serve(Images, imagesService(images, gc));
  return { images, client: served.client, [Symbol.asyncDispose]: () => served[Symbol.asyncDispose]() };
}

test("an image arrives with all that is kept of it", async () => {
  await using served = await fixture();
  const { image: got } = await served.client.get({ name: "a" }, ns);
  assert.ok(got?.target);
  assert.deepEqual([got.name, got.labels], ["a", { l: "2" }]);
  const { mediaType, digest: gotDigest, size, annotations } = got.target;
  assert.deepEqual([mediaType, gotDigest, size, annotations], ["application/x", digest, 7n, { a: "1" }]);
  assert.deepEqual([got.createdAt?.seconds, got.createdAt?.nanos, got.updatedAt?.nanos], [1n, 2, 3]);
  assert.deepEqual(await statusOf(served.client.get({ name: "b" }, ns)), [5, 'image "b": not found']);
  assert.deepEqual(await statusOf(served.client.get({ name: "a" })), [
    9,
    "namespace is required: failed precondition",
  ]);
});

test("filters, masks, epochs, leases and targets reach the store", async () => {
  await using served = await fixture();
  const { client, images } = served;
  assert.equal((await client.list({ filters: ["name==a"] }, ns)).images.length, 1);
  await client.create({ image: message, sourceDateEpoch: { seconds: 1n, nanos: 5 } }, { ...ns, lease: "l" });
  await client.update({ image: message, updateMask: { paths: ["labels.l"] } }, ns);
  await client.update({ image: message }, ns);
  await client.delete({ name: "a", target: { digest } }, ns);
  const { createdAt: _created, updatedAt: _updated, ...sent } = image;
  const sourceDateEpoch = undefined;
  assert.deepEqual(images.calls, [
    { list: ["name==a"], namespace: "ns" },
    { create: sent, sourceDateEpoch: 1_000_000_005n, lease: "l" },
    { update: sent, sourceDateEpoch, fieldpaths: ["labels.l"] },
    { update: sent, sourceDateEpoch, fieldpaths: undefined },
    { delete: "a", target: digest },
  ]);
});

test("a synchronous deletion waits for a collection, unless it fails", async () => {
  await using served = await fixture();
  const { client, images } = served;
  await client.delete({ name: "a", sync: true }, ns);
  await statusOf(client.delete({ name: "b", sync: true }, ns));
  assert.deepEqual(images.calls, [
    { delete: "a", target: undefined },
    "collected",
    { delete: "b", target: undefined },
  ]);
});

test("without a collector a synchronous deletion is a deletion", async () => {
  await using served = await serve(Images, imagesService(new RecordingImages()));
  await served.client.delete({ name: "a", sync: true }, ns);
});

test("requests that lack something are InvalidArgument", async () => {
  await using served = await fixture();
  const { client } = served;
  const rows = [
    [client.create({}, ns), "image must be set: invalid argument"],
    [client.update({}, ns), "image must be set: invalid argument"],
    [client.create({ image: {} }, ns), "Image.Name required"],
    [client.update({ image: {} }, ns), "Image.Name required"],
    [client.create({ image: { name: "a" } }, ns), "image.target must be set: invalid argument"],
    [
      client.update({ image: { name: "a" }, updateMask: { paths: ["labels"] } }, ns),
      "image.target must be set: invalid argument",
    ],
  ] as const;
  for (const [call, text] of rows) assert.deepEqual(await statusOf(call), [3, text]);
});

test("the plugins have containerd's names and requirements", () => {
  const [service, grpc] = [ImagesServicePlugin, GrpcImagesPlugin].map(registrationOf);
  assert.equal(service?.uri, "io.containerd.service.v1.images-service");
  assert.deepEqual(
    service?.requirements.map(({ type }) => type),
    ["io.containerd.metadata.v1", "io.containerd.gc.v1", "io.containerd.warning.v1"],
  );
  assert.equal(grpc?.uri, "io.containerd.grpc.v1.images");
  assert.deepEqual(
    grpc?.requirements.map(({ type, id }) => [type, id]),
    [["io.containerd.service.v1", "images-service"]],
  );
});
