import { Content, WriteAction } from "@davit/api/services/content";
import { Namespaces } from "@davit/api/services/namespaces";
import { action, callsOf, scenario, type Scenario } from "../case.ts";
import { RequestQueue } from "../request-queue.ts";
import { ABSENT, BAD_DIGESTS, LABELS, blobOf, digestOf, type Blob } from "../samples.ts";
import { write } from "../write.ts";

const content = callsOf(Content);
const namespaces = callsOf(Namespaces);
const { STAT, WRITE, COMMIT } = WriteAction;
const one = blobOf("content one");
/** A blob that no other scenario has. */
const fresh = (name: string): Blob => blobOf(`a fresh blob for ${name}`);

/** Conversations of its Write (reference 09 §7, and the edges of 01 §5.2). */
export const writeScenarios: readonly Scenario[] = [
  conversations("STAT, WRITE, COMMIT", (blob) => [
    [
      { action: STAT, ref: "r", total: blob.size, expected: blob.digest },
      { action: WRITE, data: blob.data },
      {
        action: COMMIT,
        offset: blob.size,
        total: blob.size,
        expected: blob.digest,
        labels: { a: "1", e: "" },
      },
    ],
  ]),
  conversations("without STAT", (blob) => [
    [
      { action: WRITE, ref: "r", data: blob.data.subarray(0, 5) },
      { action: WRITE, offset: 5n, data: blob.data.subarray(5) },
      { action: COMMIT, offset: blob.size },
    ],
  ]),
  conversations("without STAT, with total and expected from the start", (blob) => [
    [
      { action: WRITE, ref: "r", total: blob.size, expected: blob.digest, data: blob.data.subarray(0, 5) },
      { action: WRITE, offset: 5n, data: blob.data.subarray(5) },
      { action: COMMIT, offset: blob.size },
    ],
  ]),
  conversations("total and expected in the middle", (blob) => [
    [
      { action: WRITE, ref: "r", data: blob.data.subarray(0, 5) },
      { action: WRITE, offset: 5n, data: blob.data.subarray(5), total: 3n },
      { action: STAT, total: blob.size },
      { action: WRITE, offset: blob.size, expected: ABSENT },
      { action: COMMIT, offset: blob.size },
    ],
    [
      { action: STAT, ref: "r" },
      { action: COMMIT, offset: blob.size, expected: blob.digest, total: blob.size },
    ],
  ]),
  conversations("STAT in the middle", (blob) => [
    [
      { action: WRITE, ref: "r", data: blob.data.subarray(0, 5) },
      { action: STAT },
      { action: WRITE, offset: 5n, data: blob.data.subarray(5) },
      { action: STAT, data: Buffer.from("not written") },
      { action: COMMIT, offset: blob.size },
    ],
  ]),
  conversations("COMMIT alone", (blob) => [
    [{ action: COMMIT, ref: "r", data: blob.data, total: blob.size, expected: blob.digest }],
  ]),
  conversations("COMMIT alone, without total and expected", (blob) => [
    [{ action: COMMIT, ref: "r", data: blob.data }],
  ]),
  conversations("COMMIT with the last bytes", (blob) => [
    [
      { action: STAT, ref: "r", total: blob.size, expected: blob.digest },
      { action: WRITE, data: blob.data.subarray(0, 5) },
      { action: COMMIT, offset: 5n, data: blob.data.subarray(5) },
    ],
  ]),
  conversations("an ingest is resumed", (blob) => [
    [
      { action: STAT, ref: "r", total: blob.size },
      { action: WRITE, data: blob.data.subarray(0, 5) },
    ],
    [{ action: STAT, ref: "r" }],
    [
      { action: STAT, ref: "r", total: blob.size },
      { action: WRITE, offset: 5n, data: blob.data.subarray(5) },
    ],
    [
      { action: STAT, ref: "r", total: blob.size, expected: blob.digest },
      { action: COMMIT, offset: blob.size },
    ],
  ]),
  conversations("an ingest with another total", (blob) => [
    [{ action: WRITE, ref: "r", total: 20n, data: blob.data.subarray(0, 5) }],
    [{ action: STAT, ref: "r", total: 21n }],
    [{ action: STAT, ref: "r" }],
    [{ action: STAT, ref: "r", total: -1n }],
  ]),
  conversations("an ingest with another expected", (blob) => [
    [{ action: WRITE, ref: "r", expected: blob.digest, data: blob.data.subarray(0, 5) }],
    [{ action: STAT, ref: "r", expected: ABSENT }],
    [{ action: STAT, ref: "r", expected: "no digest" }],
  ]),
  conversations("offsets that do not fit", (blob) => [
    [
      { action: WRITE, ref: "r", data: blob.data.subarray(0, 3) },
      { action: WRITE, offset: 4n, data: blob.data.subarray(4) },
    ],
    [{ action: WRITE, ref: "r", offset: 2n, data: blob.data }],
    [{ action: STAT, ref: "r", offset: 99n }],
    [{ action: COMMIT, ref: "r", offset: 99n }],
    [{ action: WRITE, ref: "new", offset: 1n, data: blob.data }],
  ]),
  conversations("offset 0 starts again", (blob) => [
    [
      { action: WRITE, ref: "r", data: Buffer.from("wrong") },
      { action: WRITE, offset: 0n, data: blob.data.subarray(0, 3) },
      { action: WRITE, offset: -7n, data: blob.data },
      { action: STAT, offset: 0n },
      { action: COMMIT, offset: blob.size, expected: blob.digest },
    ],
  ]),
  conversations("COMMIT at offset 0 starts again", (blob) => [
    [
      { action: WRITE, ref: "r", data: blob.data },
      { action: COMMIT, total: blob.size },
    ],
    [
      { action: STAT, ref: "r" },
      { action: WRITE, data: blob.data },
      { action: COMMIT, expected: blob.digest, data: blob.data },
    ],
  ]),
  conversations("WRITE without data", (blob) => [
    [
      { action: WRITE, ref: "r" },
      { action: WRITE, offset: 0n },
      { action: WRITE, data: blob.data },
      { action: WRITE, offset: blob.size },
      { action: COMMIT, offset: blob.size },
    ],
  ]),
  conversations("COMMIT of another size", (blob) => [
    [{ action: COMMIT, ref: "r", data: blob.data, total: blob.size + 1n }],
    [
      { action: STAT, ref: "r" },
      { action: COMMIT, offset: blob.size, total: 1n },
    ],
    [
      { action: STAT, ref: "r" },
      { action: COMMIT, offset: blob.size, total: -1n },
    ],
  ]),
  conversations("COMMIT with another digest", (blob) => [
    [{ action: COMMIT, ref: "r", data: blob.data, expected: ABSENT }],
    [{ action: STAT, ref: "r" }],
    ...BAD_DIGESTS.map((expected) => [
      { action: STAT, ref: "r" },
      { action: COMMIT, offset: blob.size, expected },
    ]),
  ]),
  conversations("more bytes than total", (blob) => [
    [
      { action: WRITE, ref: "r", total: 3n, data: blob.data },
      { action: STAT },
      { action: COMMIT, offset: blob.size },
    ],
  ]),
  conversations("nothing at all", () => [
    [],
    [{ action: COMMIT, ref: "nothing" }],
    [{ action: COMMIT, ref: "nothing", total: 5n }],
    [{ action: COMMIT, ref: "nothing", expected: digestOf(""), total: 0n }],
  ]),
  conversations("no ref", (blob) => [
    [{}],
    [{ action: WRITE, data: blob.data }],
    [{ action: COMMIT, expected: blob.digest }],
    [{ ref: "" }],
    [
      { action: STAT, ref: "r" },
      { action: STAT, ref: "" },
      { action: STAT, ref: "another" },
    ],
  ]),
  conversations("an unknown action", (blob) => [
    [{ action: 3 as WriteAction, ref: "r", data: blob.data }],
    [{ action: STAT, ref: "r" }, { action: -1 as WriteAction }],
  ]),
  conversations("refs", (blob) =>
    ["a/b", "../x", "ä b", "x".repeat(1000), "x".repeat(33_000), "\n"].map((ref) => [
      { action: WRITE, ref, data: blob.data },
    ]),
  ),
  conversations("sha512", (blob) => {
    const expected = digestOf(blob.data, "sha512");
    return [
      [
        { action: STAT, ref: "r", expected },
        { action: WRITE, data: blob.data },
        { action: COMMIT, offset: blob.size, expected },
      ],
      [{ action: STAT, ref: "again", expected }],
      [
        { action: WRITE, ref: "late", data: blob.data },
        { action: COMMIT, offset: blob.size, expected },
      ],
      [{ action: COMMIT, ref: "wrong", data: blob.data, expected: digestOf("another", "sha512") }],
    ];
  }),
  conversations("sha512, named at the COMMIT", (blob) => [
    [
      { action: WRITE, ref: "r", data: blob.data },
      { action: COMMIT, offset: blob.size, expected: digestOf(blob.data, "sha512") },
    ],
  ]),
  conversations("sha384", (blob) => [
    [
      { action: STAT, ref: "r", expected: digestOf(blob.data, "sha384") },
      { action: WRITE, data: blob.data },
      { action: COMMIT, offset: blob.size },
    ],
  ]),
  conversations("what is there already", (blob) => [
    [{ action: COMMIT, ref: "first", data: blob.data }],
    [{ action: STAT, ref: "r", expected: blob.digest }],
    [{ action: STAT, ref: "r", expected: blob.digest, total: 3n }],
    [{ action: COMMIT, ref: "r", expected: blob.digest, data: blob.data }],
    [
      { action: STAT, ref: "late" },
      { action: STAT, expected: blob.digest },
    ],
    [
      { action: WRITE, ref: "late", data: blob.data },
      { action: COMMIT, offset: blob.size, expected: blob.digest },
    ],
    [
      { action: WRITE, ref: "blind", data: blob.data },
      { action: COMMIT, offset: blob.size },
    ],
    [{ action: STAT, ref: "blind" }],
  ]),
  scenario("what another namespace has", [
    write(fresh("sharing"), { namespace: "content-owner" }),
    ...sharing(fresh("sharing")),
    content.delete({ digest: fresh("sharing").digest }, { namespace: "content-owner" }),
    namespaces.delete({ name: "content-owner" }),
    content.info({ digest: fresh("sharing").digest }),
  ]),
  scenario("labels of a COMMIT", [
    ...LABELS.flatMap((labels, index) => [
      write(fresh(`labels ${index}`), { labels }),
      content.info({ digest: fresh(`labels ${index}`).digest }),
    ]),
    content.list(),
    content.listStatuses({}, { unordered: true }),
  ]),
  scenario("after the COMMIT", [
    content.write([
      { action: COMMIT, ref: "r", data: one.data },
      { action: STAT },
      { action: WRITE, data: one.data },
    ]),
    content.list(),
    content.listStatuses({}, { unordered: true }),
  ]),
  scenario("two writers of one ref", [
    action("the second is Unavailable, until the first ends", async (session) => {
      const stat = content.write([{ ref: "r" }]);
      const queue = new RequestQueue<object>();
      await using first = session.stream(stat, queue);
      queue.push({ action: WRITE, ref: "r", data: one.data });
      await first.next();
      const locked = await session.call(stat);
      queue.end();
      for await (const _response of first);
      const free = await session.call(content.status({ ref: "r" }));
      return { locked: { ...locked }, free: { ...free } };
    }),
    action("Abort does not wait for the writer", async (session) => {
      const queue = new RequestQueue<object>();
      await using first = session.stream(content.write([]), queue);
      queue.push({ action: WRITE, ref: "aborted", data: one.data });
      await first.next();
      const aborted = await session.call(content.abort({ ref: "aborted" }));
      const status = await session.call(content.status({ ref: "aborted" }));
      return { aborted: { ...aborted }, status: { ...status } };
    }),
  ]),
];

type Message = Parameters<typeof content.write>[0][number];

/** Conversations one after the other, and after each what is there. */
function conversations(name: string, talk: (blob: Blob) => readonly (readonly Message[])[]): Scenario {
  const blob = fresh(name);
  const steps = talk(blob).flatMap((messages) => [
    content.write(messages),
    content.listStatuses({}, { unordered: true }),
    content.list(),
  ]);
  return scenario(name, [...steps, content.info({ digest: blob.digest })]);
}

/** What is possible with a blob that only another namespace has. */
function sharing({ digest, size, data }: Blob): ReturnType<typeof content.write>[] {
  return [
    content.write([{ action: STAT, ref: "r", expected: digest, total: size }]),
    content.listStatuses({}, { unordered: true }),
    content.status({ ref: "r" }),
    content.write([{ action: STAT, ref: "other size", expected: digest, total: 3n }]),
    content.write([{ action: COMMIT, ref: "r", expected: digest }]),
    content.write([
      { action: STAT, ref: "r2", expected: digest },
      { action: COMMIT, offset: 0n, total: size },
    ]),
    content.write([
      { action: STAT, ref: "r3", expected: digest },
      { action: COMMIT, offset: size, total: 3n },
    ]),
    content.write([
      { action: STAT, ref: "r4", expected: digest },
      { action: COMMIT, offset: size, expected: ABSENT },
    ]),
    content.write([
      { action: STAT, ref: "r5", expected: digest },
      { action: WRITE, offset: size, data: Buffer.from("more") },
      { action: STAT },
    ]),
    content.write([
      { action: STAT, ref: "r6", expected: digest },
      { action: WRITE, offset: 0n, data: data.subarray(0, 3) },
      { action: STAT },
    ]),
    content.listStatuses({}, { unordered: true }),
    content.abort({ ref: "r2" }),
    content.info({ digest }),
    content.write([
      { action: STAT, ref: "r7", expected: digest },
      { action: COMMIT, offset: size, total: size, expected: digest, labels: { a: "1" } },
    ]),
    content.info({ digest }),
    content.read({ digest }),
    content.listStatuses({}, { unordered: true }),
    content.delete({ digest }),
    content.listStatuses({}, { unordered: true }),
  ];
}
