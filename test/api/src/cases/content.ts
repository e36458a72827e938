import { Content, WriteAction } from "@davit/api/services/content";
import { Namespaces } from "@davit/api/services/namespaces";
import { callsOf, scenario, type Scenario } from "../case.ts";
import { ABSENT, BAD_DIGESTS, LABELS, blobOf, filtersFor, type Blob } from "../samples.ts";
import { write } from "../write.ts";

const content = callsOf(Content);
const namespaces = callsOf(Namespaces);
const { STAT, WRITE } = WriteAction;
const MiB = 1024 * 1024;

const big = blobOf(Buffer.alloc(2 * MiB + 10, "0123456789abcdef"));
const one = blobOf("content one");
const two = blobOf("content two");
/** A blob that no other scenario has. */
const fresh = (name: string): Blob => blobOf(`a fresh blob for ${name}`);

/** `containerd.services.content.v1.Content` but its Write. */
export const contentScenarios: readonly Scenario[] = [
  scenario("info, read, delete", [
    write(one, { labels: { a: "1", empty: "" } }),
    content.info({ digest: one.digest }),
    content.info({ digest: ABSENT }),
    ...BAD_DIGESTS.map((digest) => content.info({ digest })),
    content.read({ digest: one.digest }),
    ...[-5n, 0n, 1n, one.size - 1n, one.size, one.size + 1n, 1n << 40n].flatMap((offset) =>
      [-1n, 0n, 1n, one.size, one.size + 1n, 1n << 40n].map((size) =>
        content.read({ digest: one.digest, offset, size }),
      ),
    ),
    content.read({ digest: ABSENT }),
    ...BAD_DIGESTS.map((digest) => content.read({ digest })),
    ...BAD_DIGESTS.map((digest) => content.delete({ digest })),
    content.delete({ digest: ABSENT }),
    content.delete({ digest: one.digest }),
    content.delete({ digest: one.digest }),
    content.info({ digest: one.digest }),
    content.read({ digest: one.digest }),
  ]),
  scenario("big blobs come in chunks", [
    write(big),
    content.read({ digest: big.digest }),
    content.read({ digest: big.digest, offset: 5n }),
    content.read({ digest: big.digest, offset: 5n, size: BigInt(MiB) }),
    content.read({ digest: big.digest, offset: BigInt(MiB), size: BigInt(MiB) + 1n }),
    content.delete({ digest: big.digest }),
  ]),
  scenario("update", [
    write(one, { labels: { a: "1", b: "2" } }),
    ...[
      "labels",
      "labels.a",
      "labels.b",
      "labels.new",
      "labels.",
      "size",
      "digest",
      "created_at",
      "",
      "nope",
    ].flatMap((path, index) => [
      content.update({
        info: {
          digest: one.digest,
          labels: { a: `${index}`, new: path },
          size: 99n,
          createdAt: { seconds: 5n },
        },
        updateMask: { paths: [path] },
      }),
      content.info({ digest: one.digest }),
    ]),
    content.update({ info: { digest: one.digest, labels: { z: "26" } } }),
    content.info({ digest: one.digest }),
    content.update({ info: { digest: one.digest } }),
    content.info({ digest: one.digest }),
    content.update({
      info: { digest: one.digest, labels: { a: "1" } },
      updateMask: { paths: ["labels.a", "nope"] },
    }),
    content.info({ digest: one.digest }),
    ...LABELS.map((labels) => content.update({ info: { digest: one.digest, labels } })),
    ...LABELS.map((labels) =>
      content.update({
        info: { digest: one.digest, labels },
        updateMask: { paths: Object.keys(labels).map((key) => `labels.${key}`) },
      }),
    ),
    content.info({ digest: one.digest }),
    content.update({ info: { digest: ABSENT } }),
    content.update({ info: { digest: ABSENT }, updateMask: { paths: ["nope"] } }),
    ...BAD_DIGESTS.map((digest) => content.update({ info: { digest } })),
  ]),
  scenario("list and its filters", [
    content.list(),
    write(one, { labels: { a: "1", "x.y/z": "v w" } }),
    write(two, { labels: { a: "2", k: "vv" } }),
    content.list(),
    ...filtersFor("digest", one.digest).map((filters) => content.list({ filters })),
    content.list({ filters: ["size==11"] }),
    content.list({ filters: [`digest~=/^${one.digest.slice(0, 12)}/`] }),
  ]),
  scenario("a long list comes in batches", [
    ...Array.from({ length: 101 }, (_, index) => write(fresh(`batch ${index}`))),
    content.list(),
  ]),
  scenario("statuses", [
    content.status({ ref: "absent" }),
    content.status({ ref: "" }),
    content.abort({ ref: "absent" }),
    content.abort({ ref: "" }),
    content.listStatuses({}, { unordered: true }),
    content.write([{ action: WRITE, ref: "b", total: 20n, data: one.data }]),
    content.write([{ action: STAT, ref: "a", expected: fresh("status").digest }]),
    content.write([{ action: STAT, ref: "c d/ä", total: 7n }]),
    content.status({ ref: "b" }),
    content.status({ ref: "a" }),
    content.status({ ref: "c d/ä" }),
    content.listStatuses({}, { unordered: true }),
    ...filtersFor("ref", "b").map((filters) => content.listStatuses({ filters }, { unordered: true })),
    content.abort({ ref: "b" }),
    content.abort({ ref: "b" }),
    content.status({ ref: "b" }),
    content.listStatuses({}, { unordered: true }),
  ]),
  scenario("the namespace", [
    ...["", "not/valid"].flatMap((namespace) => [
      content.info({ digest: ABSENT }, { namespace }),
      content.info({ digest: "x" }, { namespace }),
      content.update({ info: { digest: ABSENT } }, { namespace }),
      content.list({}, { namespace }),
      content.list({ filters: ["bad=="] }, { namespace }),
      content.delete({ digest: ABSENT }, { namespace }),
      content.read({ digest: ABSENT }, { namespace }),
      content.read({ digest: "x" }, { namespace }),
      content.status({ ref: "r" }, { namespace }),
      content.listStatuses({}, { namespace, unordered: true }),
      content.abort({ ref: "r" }, { namespace }),
      content.write([{ ref: "r" }], { namespace }),
      content.write([{}], { namespace }),
    ]),
    write(one, { namespace: "content-one" }),
    content.info({ digest: one.digest }, { namespace: "content-two" }),
    content.read({ digest: one.digest }, { namespace: "content-two" }),
    content.delete({ digest: one.digest }, { namespace: "content-two" }),
    content.write([{ ref: "r", action: WRITE, data: one.data }], { namespace: "content-one" }),
    content.status({ ref: "r" }, { namespace: "content-two" }),
    content.abort({ ref: "r" }, { namespace: "content-two" }),
    content.abort({ ref: "r" }, { namespace: "content-one" }),
    content.delete({ digest: one.digest }, { namespace: "content-one" }),
    namespaces.delete({ name: "content-one" }),
  ]),
];
