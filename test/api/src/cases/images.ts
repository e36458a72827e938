import { Images } from "@davit/api/services/images";
import { callsOf, scenario, type Scenario } from "../case.ts";
import { ABSENT, BAD_DIGESTS, LABELS, blob, digestOf, filtersFor } from "../samples.ts";

const images = callsOf(Images);
const target = {
  mediaType: "application/vnd.oci.image.index.v1+json",
  digest: blob.hello.digest,
  size: 5n,
  annotations: { n: "1", "x.y/z": "v w" },
};
const other = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: ABSENT, size: 6n };
const epoch = { seconds: 86_400n, nanos: 5 };

/** `containerd.services.images.v1.Images`. */
export const imageScenarios: readonly Scenario[] = [
  scenario("create, get, list, delete", [
    images.create({ image: { name: "i", target } }),
    images.create({ image: { name: "i", target: other } }),
    images.get({ name: "i" }),
    images.create({
      image: {
        name: "example.com/repo/name:tag@sha256:x",
        target: other,
        labels: { a: "1", empty: "" },
        createdAt: { seconds: 1n },
        updatedAt: { seconds: 2n },
      },
    }),
    images.get({ name: "example.com/repo/name:tag@sha256:x" }),
    images.create({ image: { name: "epoch", target }, sourceDateEpoch: epoch }),
    images.get({ name: "epoch" }),
    images.create({ image: { name: "zero", target }, sourceDateEpoch: {} }),
    images.get({ name: "zero" }),
    images.create({ image: { name: "go-zero", target }, sourceDateEpoch: { seconds: -62_135_596_800n } }),
    images.create({ image: { name: "before 1970", target }, sourceDateEpoch: { seconds: -1n, nanos: 5 } }),
    images.create({
      image: { name: "bad nanos", target },
      sourceDateEpoch: { seconds: 1n, nanos: 2_000_000_000 },
    }),
    images.list(),
    images.get({ name: "absent" }),
    images.get({ name: "" }),
    images.get({ name: "I" }),
    images.delete({ name: "i" }),
    images.delete({ name: "i" }),
    images.delete({ name: "" }),
    images.delete({ name: "absent", target: { digest: ABSENT } }),
    images.delete({ name: "absent", sync: true }),
    images.delete({ name: "epoch", target: { digest: ABSENT } }),
    images.delete({ name: "epoch", target: { digest: "x" } }),
    images.delete({ name: "epoch", target: {} }),
    images.create({ image: { name: "epoch", target } }),
    images.delete({ name: "epoch", target: { digest: target.digest, size: 99n, mediaType: "x" } }),
    images.list(),
  ]),
  scenario("create refuses", [
    images.create({ image: { target: {} } }),
    images.create({ image: { name: "empty target", target: {} } }),
    images.create({ image: { target } }),
    images.create({ image: { name: "i", target: { ...target, size: 0n } } }),
    images.create({ image: { name: "i", target: { ...target, size: -1n } } }),
    images.create({ image: { name: "i", target: { ...target, mediaType: "" } } }),
    images.create({ image: { name: "i", target: { ...target, mediaType: "no media type at all" } } }),
    ...BAD_DIGESTS.map((digest, index) =>
      images.create({ image: { name: `bad-${index}`, target: { ...target, digest } } }),
    ),
    images.create({ image: { name: "sha512", target: { ...target, digest: digestOf("x", "sha512") } } }),
    images.create({
      image: { name: "", target: { digest: "x", size: 0n }, labels: { k: "v".repeat(4096) } },
    }),
    ...LABELS.map((labels, index) => images.create({ image: { name: `labels-${index}`, target, labels } })),
    ...LABELS.map((annotations, index) =>
      images.create({ image: { name: `annotations-${index}`, target: { ...target, annotations } } }),
    ),
    images.create({ image: { name: "a name\nwith ä newline", target } }),
    images.create({ image: { name: "x".repeat(40_000), target } }),
    images.create({ image: { name: "bad-epoch", target }, sourceDateEpoch: { seconds: 1n << 60n } }),
    images.list(),
  ]),
  scenario("update", [
    images.create({ image: { name: "i", target, labels: { a: "1", b: "2" } } }),
    ...[
      "labels",
      "labels.a",
      "labels.b",
      "labels.new",
      "labels.",
      "target",
      "target.digest",
      "annotations",
      "annotations.n",
      "annotations.x.y/z",
      "annotations.new",
      "annotations.",
      "name",
      "created_at",
      "Target",
      "",
      "nope",
    ].flatMap((path, index) => [
      images.update({
        image: {
          name: "i",
          labels: { a: `${index}`, new: path },
          target: { ...other, size: BigInt(index + 1), annotations: { n: path, new: "n" } },
        },
        updateMask: { paths: [path] },
      }),
      images.get({ name: "i" }),
    ]),
    images.update({ image: { name: "i", target } }),
    images.get({ name: "i" }),
    images.update({ image: { name: "i", target: other, labels: { a: "9" } }, sourceDateEpoch: epoch }),
    images.get({ name: "i" }),
    images.update({ image: { name: "i", target, createdAt: { seconds: 5n } }, updateMask: { paths: [] } }),
    images.get({ name: "i" }),
    images.update({ image: { name: "i", target: { ...target, digest: "x" } } }),
    images.update({
      image: { name: "i", target: { ...target, size: 0n } },
      updateMask: { paths: ["target"] },
    }),
    images.update({ image: { name: "i", target: {} }, updateMask: { paths: ["target"] } }),
    images.update({ image: { name: "i", target: {} }, updateMask: { paths: ["labels.a"] } }),
    images.update({ image: { name: "i", target: {} } }),
    images.update({ image: { name: "absent", target } }),
    images.update({ image: { name: "absent", target }, updateMask: { paths: ["nope"] } }),
    images.update({ image: { name: "", target } }),
    images.update({ image: { name: "", target: {} }, updateMask: { paths: ["nope"] } }),
    images.update({
      image: { name: "i", target: other, labels: { a: "x" } },
      updateMask: { paths: ["labels.a", "nope"] },
    }),
    images.update({
      image: { name: "i", target: { ...other, annotations: { n: "2" } }, labels: { a: "x" } },
      updateMask: { paths: ["labels.a", "annotations.n", "target"] },
    }),
    images.get({ name: "i" }),
    ...LABELS.map((labels) => images.update({ image: { name: "i", target, labels } })),
    ...LABELS.map((labels) =>
      images.update({ image: { name: "i", target, labels }, updateMask: { paths: ["labels"] } }),
    ),
    ...LABELS.map((labels) =>
      images.update({
        image: { name: "i", target, labels },
        updateMask: { paths: Object.keys(labels).map((key) => `labels.${key}`) },
      }),
    ),
    ...LABELS.map((annotations) =>
      images.update({
        image: { name: "i", target: { ...target, annotations } },
        updateMask: { paths: ["annotations"] },
      }),
    ),
    images.get({ name: "i" }),
  ]),
  scenario("filters", [
    images.create({ image: { name: "i", target, labels: { a: "1", "x.y/z": "v w" } } }),
    images.create({ image: { name: "j", target: other, labels: { b: "1" } } }),
    images.create({ image: { name: "k", target, labels: { a: "2", k: "vv" } } }),
    ...filtersFor("name", "i").map((filters) => images.list({ filters })),
    ...[
      `target.digest==${ABSENT}`,
      `target.digest~=/^${ABSENT.slice(0, 20)}/`,
      "target.mediatype~=/index/",
      "target.mediaType~=/index/",
      "target.size==5",
      "target",
      "annotations.n==1",
      'annotations."x.y/z"',
      "annotations",
    ].map((filter) => images.list({ filters: [filter] })),
  ]),
  scenario("the namespace and the lease", [
    ...["", "not/valid"].flatMap((namespace) => [
      images.get({ name: "i" }, { namespace }),
      images.list({}, { namespace }),
      images.create({ image: { name: "i", target } }, { namespace }),
      images.create({ image: { name: "", target } }, { namespace }),
      images.update({ image: { name: "i", target } }, { namespace }),
      images.delete({ name: "i" }, { namespace }),
      images.delete({ name: "" }, { namespace }),
    ]),
    images.create({ image: { name: "i", target } }, { lease: "absent" }),
    images.create(
      { image: { name: "expiring", target, labels: { "containerd.io/gc.expire": "2099-01-01T00:00:00Z" } } },
      { lease: "absent" },
    ),
    images.update({ image: { name: "i", target } }, { lease: "absent" }),
    images.delete({ name: "i" }, { lease: "absent" }),
    images.list(),
  ]),
];
