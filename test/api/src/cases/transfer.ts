import { create, toBinary, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import { Content } from "@davit/api/services/content";
import { Images } from "@davit/api/services/images";
import { Leases } from "@davit/api/services/leases";
import { Snapshots } from "@davit/api/services/snapshots";
import { Transfer } from "@davit/api/services/transfer";
import { ImageStoreSchema, OCIRegistrySchema } from "@davit/api/transfer";
import { makeImage, type TestImage } from "@davit/test-support";
import { action, callsOf, scenario, type Call, type Scenario, type Step } from "../case.ts";
import type { Plain } from "../plain.ts";
import { OpenStream } from "../open-stream.ts";
import { blobOf } from "../samples.ts";

const transfer = callsOf(Transfer);
const images = callsOf(Images);
const content = callsOf(Content);
const snapshots = callsOf(Snapshots);
const leases = callsOf(Leases);
const needs = ["grpc.v1.transfer"];

const LAYERS = [
  [{ name: "dir/" }, { name: "dir/file", content: "below\n" }],
  [{ name: "dir/" }, { name: "dir/file", content: "above\n" }],
];

/** Images to push before the scenarios, by name and tag. */
export const registryImages: Readonly<Record<string, TestImage>> = {
  "test/one:1": makeImage({ layers: LAYERS }),
  "test/docker:1": makeImage({ layers: LAYERS, docker: true }),
  "test/many:1": makeImage({ layers: LAYERS, platforms: ["linux/amd64", "linux/arm64"] }),
  "test/zstd:1": makeImage({ layers: [...LAYERS, [{ name: "third", content: "3" }]], compression: "zstd" }),
};

const pack = <S extends DescMessage>(schema: S, value: MessageInitShape<S>) => ({
  typeUrl: schema.typeName,
  value: toBinary(schema, create(schema, value)),
});
const store = (value: MessageInitShape<typeof ImageStoreSchema>) => pack(ImageStoreSchema, value);
const platform = { os: "linux", architecture: "amd64" };

/**
 * `containerd.services.transfer.v1.Transfer`: tags, and pulls from a registry.
 * @param registry `127.0.0.1:PORT`, where {@link registryImages} are; undefined for none.
 */
export function transferScenarios(registry: () => string): readonly Scenario[] {
  const source = (reference: string, host = registry()) =>
    pack(OCIRegistrySchema, { reference: `${host}/${reference}`, resolver: { defaultScheme: "http" } });
  const name = (reference: string): string => `registry.example/${reference}`;
  const pull = (reference: string, more: MessageInitShape<typeof ImageStoreSchema> = {}): Call =>
    transfer.transfer(
      () => ({ source: source(reference), destination: store({ name: name(reference), ...more }) }),
      { title: `${reference} ${JSON.stringify(more)}` },
    );
  const unpacks = [{ platform, snapshotter: "overlayfs" }];
  return [
    scenario("what cannot be transferred", refusals(source), { needs }),
    scenario("tag", tagging(), { needs }),
    scenario(
      "pull",
      [
        pull("test/one:1", { labels: { a: "1" } }),
        ...everything(),
        pull("test/one:1"),
        images.list(),
        pull("test/one:absent"),
        pull("test/absent:1"),
        pull("Not A Reference"),
        leases.list(),
        content.listStatuses({}, { unordered: true }),
      ],
      { needs, unorderedEvents: true },
    ),
    ...Object.keys(registryImages).map((reference) =>
      scenario(
        `pull and unpack ${reference}`,
        [pull(reference, { platforms: [platform], unpacks }), ...everything(), pull(reference, { unpacks })],
        { needs, unorderedEvents: true },
      ),
    ),
    scenario(
      "pull by digest, with further names",
      [
        transfer.transfer(() => ({
          source: source(`test/one@${registryImages["test/one:1"]?.target.digest ?? ""}`),
          destination: store({
            name: name("by-digest"),
            extraReferences: [
              { name: name("plain") },
              { name: name("prefixed"), isPrefix: true, addDigest: true },
              { name: name("prefix-alone"), isPrefix: true },
            ],
          }),
        })),
        images.list(),
      ],
      { needs, unorderedEvents: true },
    ),
    scenario(
      "pull of all platforms and their metadata",
      [
        pull("test/many:1", { allMetadata: true, platforms: [platform] }),
        ...everything(),
        pull("test/many:1", { platforms: [{ os: "linux", architecture: "riscv64" }] }),
        pull("test/many:1", { platforms: [{ os: "windows", architecture: "amd64" }], unpacks }),
        pull("test/many:1", { unpacks: [{ platform, snapshotter: "absent" }] }),
        pull("test/many:1", { unpacks: [{ snapshotter: "native" }] }),
      ],
      { needs, unorderedEvents: true },
    ),
    scenario(
      "progress",
      [
        progress("of a pull", () => ({
          source: source("test/one:1"),
          destination: store({ name: name("p"), unpacks, platforms: [platform] }),
        })),
        progress("of a pull of what is there", () => ({
          source: source("test/one:1"),
          destination: store({ name: name("p"), unpacks, platforms: [platform] }),
        })),
        progress("of a tag", () => ({
          source: store({ name: name("p") }),
          destination: store({ name: name("q") }),
        })),
        progress("of a pull that fails", () => ({
          source: source("test/one:absent"),
          destination: store({ name: name("p") }),
        })),
        transfer.transfer({
          source: store({ name: name("p") }),
          destination: store({ name: name("r") }),
          options: { progressStream: "absent" },
        }),
        images.list(),
      ],
      { needs: [...needs, "grpc.v1.streaming"], unorderedEvents: true },
    ),
  ];
}

/** What is there after a pull. */
const everything = (): Step[] => [
  images.list(),
  content.list(),
  content.listStatuses({}, { unordered: true }),
  snapshots.list({ snapshotter: "overlayfs" }),
  snapshots.list({ snapshotter: "native" }),
  leases.list(),
];

type Source = (reference: string, host?: string) => ReturnType<typeof pack>;

function refusals(source: Source): Step[] {
  const destination = store({ name: "i" });
  const unknown = { typeUrl: "nobody.knows.This" };
  const known = { typeUrl: "containerd.types.Mount" };
  return [
    transfer.transfer({}),
    transfer.transfer({ source: destination }),
    transfer.transfer({ destination }),
    transfer.transfer({ source: unknown, destination }),
    transfer.transfer({ source: destination, destination: unknown }),
    transfer.transfer({ source: known, destination }),
    transfer.transfer({ source: destination, destination: known }),
    transfer.transfer(
      { source: { ...destination, value: Buffer.from([255]) }, destination },
      { title: "a source that cannot be decoded" },
    ),
    transfer.transfer(() => ({ source: source("test/one:1"), destination: source("test/one:1") }), {
      title: "from a registry to a registry",
    }),
    transfer.transfer({ source: store({ name: "absent" }), destination }),
    transfer.transfer({ source: store({}), destination }),
    transfer.transfer({ source: store({ name: "absent" }), destination }, { namespace: "" }),
    transfer.transfer({ source: store({ name: "absent" }), destination }, { namespace: "not/valid" }),
    transfer.transfer(() => ({ source: source("test/one:1"), destination }), {
      title: "a pull without a namespace",
      namespace: "",
    }),
    transfer.transfer(() => ({ source: source("test/one:1", "127.0.0.1:1"), destination }), {
      title: "a pull from nobody",
    }),
    transfer.transfer(() => ({ source: source("", ""), destination }), { title: "a pull of no reference" }),
    transfer.transfer({
      source: store({ name: "absent" }),
      destination,
      options: { progressStream: "absent" },
    }),
    images.list(),
  ];
}

function tagging(): Step[] {
  const target = blobOf("{}", "application/vnd.oci.image.manifest.v1+json");
  const tag = (from: string, to: MessageInitShape<typeof ImageStoreSchema>): Step =>
    transfer.transfer({ source: store({ name: from }), destination: store(to) });
  return [
    images.create({ image: { name: "a", target, labels: { a: "1" } } }),
    images.create({ image: { name: "z", target: { ...target, size: 99n } } }),
    tag("a", { name: "b" }),
    tag("a", { name: "b" }),
    tag("a", { name: "c", labels: { c: "3" } }),
    tag("z", { name: "b" }),
    tag("absent", { name: "d" }),
    tag("a", { name: "" }),
    tag("a", { name: "e", extraReferences: [{ name: "f" }] }),
    images.list(),
  ];
}

/** Makes a transfer, and tells what was said meanwhile: each thing once, in no order. */
function progress(title: string, request: () => object): Step {
  return action(`progress ${title}`, async (session) => {
    const id = `progress ${title}`;
    await using stream = new OpenStream(session, id);
    await stream.next();
    const said: Plain[] = [];
    const reading = (async () => {
      for (;;) {
        const message = await stream.next();
        if (message === "ended" || (typeof message === "object" && message !== null && "code" in message))
          return message;
        said.push(message);
      }
    })();
    const answer = await session.call(
      transfer.transfer(() => ({ ...request(), options: { progressStream: id } })),
    );
    const ended = await reading;
    return { answer: { ...answer }, ended, said: distinct(said) };
  });
}

/** What was said, each thing once: of a job only that it waits, and how it ended. */
function distinct(messages: readonly Plain[]): Plain {
  const result: Record<string, Plain> = {};
  for (const message of messages) {
    const { event, name = "", parents } = (message as unknown as { value: Progress }).value;
    result[parents === undefined || event === "waiting" ? `${event} ${name}` : `at last ${name}`] = message;
  }
  return result;
}

/** Of a Progress message, what tells messages apart. */
interface Progress {
  readonly event: string;
  readonly name?: string;
  /** Only jobs have them. */
  readonly parents?: Plain;
}
