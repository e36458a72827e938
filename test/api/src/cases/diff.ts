import { Diff } from "@davit/api/services/diff";
import { Content } from "@davit/api/services/content";
import { Snapshots } from "@davit/api/services/snapshots";
import { makeImage, tar, type Compression } from "@davit/test-support";
import { gzipSync } from "node:zlib";
import { action, callsOf, scenario, type Scenario } from "../case.ts";
import { ABSENT, BAD_DIGESTS, blobOf, type Blob } from "../samples.ts";
import { apply, bind, changed, descriptor, directory, ls, mountsOf, tree } from "../unpacked.ts";
import { write } from "../write.ts";

const diff = callsOf(Diff);
const content = callsOf(Content);
const snapshots = callsOf(Snapshots);
const needs = ["grpc.v1.diff"];

const TAR = "application/vnd.oci.image.layer.v1.tar";
const MEMBERS = [
  { name: "dir/", mode: 0o750 },
  { name: "dir/file", content: "hello\n", mode: 0o640, uid: 33, gid: 34, mtime: 86_400 },
  { name: "dir/setuid", content: "x", mode: 0o4755 },
  { name: "link", linkTo: "dir/file" },
  { name: "hard", hardLinkTo: "dir/file" },
  { name: "empty", content: "" },
  { name: "ä ö", content: "umlauts" },
];
const UPPER = [
  { name: "dir/" },
  { name: "dir/.wh.file" },
  { name: "dir/new", content: "new" },
  { name: "opaque/" },
  { name: "opaque/.wh..wh..opq" },
];

const absent = { ...blobOf("nobody has this", TAR), digest: ABSENT };
const plain = blobOf(tar(MEMBERS), TAR);
const upper = blobOf(tar(UPPER), TAR);
const truncated = blobOf(tar(MEMBERS).subarray(0, 1500), TAR);
const badGzip = blobOf(gzipSync(tar(MEMBERS)).subarray(0, 100), `${TAR}+gzip`);
const escaping = blobOf(tar([{ name: "../../outside", content: "x" }]), TAR);

/** A layer with these members, compressed. */
function layer(compression: Compression, docker = false): Blob {
  const image = makeImage({ layers: [MEMBERS], compression, docker });
  const [descriptor] = image.layers;
  if (descriptor === undefined) throw new Error("an image of one layer has one");
  return blobOf(image.blobs.get(descriptor.digest) ?? "", descriptor.mediaType);
}

/** `containerd.services.diff.v1.Diff`. */
export const diffScenarios: readonly Scenario[] = [
  scenario(
    "Apply refuses",
    [
      apply(absent, "an absent blob"),
      apply(absent, "without a namespace", { namespace: "" }),
      apply(absent, "in an invalid namespace", { namespace: "not/valid" }),
      ...BAD_DIGESTS.map((digest) => apply({ ...absent, digest }, `the digest ${JSON.stringify(digest)}`)),
      write(plain),
      ...["", "application/octet-stream", "text/plain", `${TAR}+unknown`, `${TAR}+gzip`, `${TAR}+zstd`].map(
        (mediaType) => apply({ ...plain, mediaType }, `the media type ${JSON.stringify(mediaType)}`),
      ),
      diff.apply({ diff: descriptor(plain) }, { title: "without mounts" }),
      diff.apply((session) => ({ diff: descriptor(plain), mounts: [bind(session.path("absent"))] }), {
        title: "into what is not there",
      }),
      diff.apply(
        { diff: descriptor(plain), mounts: [{ type: "nope", source: "/nope" }] },
        { title: "into what cannot be mounted" },
      ),
      apply({ ...plain, size: 1n }, "a blob of another size"),
      apply({ ...plain, size: plain.size + 1n }, "a blob that is longer"),
      write(truncated),
      apply(truncated, "a truncated archive"),
      write(badGzip),
      apply(badGzip, "truncated gzip"),
      write(escaping),
      apply(escaping, "names that lead out"),
      ls("names that lead out"),
    ],
    { needs },
  ),
  scenario(
    "Apply of a layer",
    [
      ...(["plain", "gzip", "zstd"] as const).flatMap((compression) =>
        [false, true].flatMap((docker) => {
          const blob = layer(compression, docker);
          const name = `${compression}-${docker ? "docker" : "oci"}`;
          return [write(blob), apply(blob, name), ls(name)];
        }),
      ),
      diff.apply((session) => ({
        diff: { ...descriptor(plain), annotations: { a: "1" } },
        mounts: [bind(directory(session, "sync"))],
        syncFs: true,
      })),
    ],
    { needs },
  ),
  ...["overlayfs", "native"].map((snapshotter) =>
    scenario(
      `Apply to snapshots of ${snapshotter}`,
      [
        write(plain),
        write(upper),
        snapshots.prepare({ snapshotter, key: "lower" }, { save: "lower" }),
        diff.apply((session) => ({ diff: descriptor(plain), mounts: mountsOf(session, "lower") })),
        snapshots.usage({ snapshotter, key: "lower" }),
        snapshots.commit({ snapshotter, key: "lower", name: "1" }),
        snapshots.usage({ snapshotter, key: "1" }),
        snapshots.prepare({ snapshotter, key: "upper", parent: "1" }, { save: "upper" }),
        diff.apply((session) => ({ diff: descriptor(upper), mounts: mountsOf(session, "upper") })),
        snapshots.usage({ snapshotter, key: "upper" }),
        action("what lies in the upper one", async (session) => {
          const [mount] = mountsOf(session, "upper");
          const upperdir = mount?.options
            .find((option) => option.startsWith("upperdir="))
            ?.slice("upperdir=".length);
          return tree(upperdir ?? mount?.source ?? "");
        }),
      ],
      { needs },
    ),
  ),
  scenario(
    "Diff",
    [
      diff.diff({}),
      diff.diff({ mediaType: "text/plain" }),
      diff.diff((session) => ({
        left: [bind(directory(session, "left"))],
        right: [changed(session)],
        ref: "r",
      })),
      diff.diff((session) => ({
        left: [bind(directory(session, "left"))],
        right: [changed(session)],
        mediaType: TAR,
        labels: { a: "1" },
        sourceDateEpoch: { seconds: 86_400n },
      })),
      content.list(),
      content.listStatuses({}, { unordered: true }),
    ],
    { needs },
  ),
];
