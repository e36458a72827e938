import { Namespaces } from "@davit/api/services/namespaces";
import { Containers } from "@davit/api/services/containers";
import { Content } from "@davit/api/services/content";
import { Images } from "@davit/api/services/images";
import { Leases } from "@davit/api/services/leases";
import { Snapshots } from "@davit/api/services/snapshots";
import { callsOf, scenario, type Scenario } from "../case.ts";
import { blob, IDENTIFIERS, LABELS } from "../samples.ts";
import { write } from "../write.ts";

const namespaces = callsOf(Namespaces);
const containers = callsOf(Containers);
const content = callsOf(Content);
const images = callsOf(Images);
const leases = callsOf(Leases);
const snapshots = callsOf(Snapshots);
const { hello } = blob;

/** `containerd.services.namespaces.v1.Namespaces`, and the namespaces of every other service's calls. */
export const namespaceScenarios: readonly Scenario[] = [
  scenario("create, get, list, delete", [
    namespaces.create({ namespace: { name: "ns-a" } }),
    namespaces.create({ namespace: { name: "ns-a" } }),
    namespaces.create({ namespace: { name: "ns-a", labels: { a: "1" } } }),
    namespaces.create({
      namespace: { name: "ns-b", labels: { z: "26", a: "1", "x.y/z": "v w", empty: "" } },
    }),
    namespaces.get({ name: "ns-a" }),
    namespaces.get({ name: "ns-b" }),
    namespaces.get({ name: "absent" }),
    namespaces.get({ name: "" }),
    namespaces.get({ name: "not/valid" }),
    namespaces.list(),
    namespaces.list({ filter: "name==ns-a" }),
    namespaces.list({ filter: "no filter at all ((" }),
    namespaces.list({}, { namespace: "" }),
    namespaces.list({}, { namespace: "not/valid" }),
    namespaces.delete({ name: "ns-a" }),
    namespaces.delete({ name: "ns-a" }),
    namespaces.delete({ name: "ns-b" }),
    namespaces.delete({ name: "" }),
    namespaces.delete({ name: "not/valid" }),
    namespaces.list(),
  ]),
  scenario("names and labels", [
    ...IDENTIFIERS.map((name) => namespaces.create({ namespace: { name } })),
    ...LABELS.map((labels, index) => namespaces.create({ namespace: { name: `labels-${index}`, labels } })),
    namespaces.create({ namespace: {} }),
    namespaces.list(),
    ...LABELS.map((_labels, index) => namespaces.get({ name: `labels-${index}` })),
    ...IDENTIFIERS.map((name) => namespaces.delete({ name })),
    ...LABELS.map((_labels, index) => namespaces.delete({ name: `labels-${index}` })),
  ]),
  scenario("update", [
    namespaces.create({ namespace: { name: "up", labels: { a: "1", b: "2" } } }),
    namespaces.update({
      namespace: { name: "up", labels: { a: "3", c: "4" } },
      updateMask: { paths: ["labels.a"] },
    }),
    namespaces.get({ name: "up" }),
    namespaces.update({ namespace: { name: "up", labels: { a: "5" } } }),
    namespaces.get({ name: "up" }),
    namespaces.update({ namespace: { name: "up", labels: { a: "" } } }),
    namespaces.get({ name: "up" }),
    namespaces.update({ namespace: { name: "up", labels: { d: "1", e: "2" } }, updateMask: { paths: [] } }),
    namespaces.get({ name: "up" }),
    namespaces.update({
      namespace: { name: "up", labels: { d: "", e: "3" } },
      updateMask: { paths: ["labels.d", "labels.e"] },
    }),
    namespaces.get({ name: "up" }),
    namespaces.update({ namespace: { name: "up" }, updateMask: { paths: ["labels.e"] } }),
    namespaces.get({ name: "up" }),
    namespaces.update({ namespace: { name: "up", labels: { x: "1" } }, updateMask: { paths: ["labels"] } }),
    namespaces.update({ namespace: { name: "up", labels: { x: "1" } }, updateMask: { paths: ["name"] } }),
    namespaces.update({ namespace: { name: "up", labels: { x: "1" } }, updateMask: { paths: [""] } }),
    namespaces.update({
      namespace: { name: "up", labels: { y: "1" } },
      updateMask: { paths: ["labels.y", "labels"] },
    }),
    namespaces.get({ name: "up" }),
    namespaces.update({
      namespace: { name: "up", labels: { "a.b": "1" } },
      updateMask: { paths: ["labels.a.b"] },
    }),
    namespaces.get({ name: "up" }),
    namespaces.update({ namespace: { name: "unknown", labels: { a: "1" } } }),
    namespaces.get({ name: "unknown" }),
    namespaces.update({ namespace: { name: "unknown-too" } }),
    ...LABELS.map((labels) => namespaces.update({ namespace: { name: "up", labels } })),
    ...LABELS.map((labels) =>
      namespaces.update({
        namespace: { name: "up", labels },
        updateMask: { paths: Object.keys(labels).map((key) => `labels.${key}`) },
      }),
    ),
    namespaces.list(),
    namespaces.delete({ name: "up" }),
    namespaces.delete({ name: "unknown" }),
    namespaces.delete({ name: "unknown-too" }),
    namespaces.list(),
  ]),
  scenario("what is not empty stays", [
    write(hello, { namespace: "full" }),
    namespaces.list(),
    namespaces.delete({ name: "full" }),
    images.create({ image: { name: "i", target: hello } }, { namespace: "full" }),
    containers.create({ container: { id: "c", runtime: { name: "r" } } }, { namespace: "full" }),
    snapshots.prepare({ snapshotter: "native", key: "k" }, { namespace: "full" }),
    snapshots.prepare({ snapshotter: "overlayfs", key: "k" }, { namespace: "full" }),
    leases.create({ id: "l" }, { namespace: "full" }),
    namespaces.delete({ name: "full" }),
    images.delete({ name: "i" }, { namespace: "full" }),
    namespaces.delete({ name: "full" }),
    containers.delete({ id: "c" }, { namespace: "full" }),
    snapshots.remove({ snapshotter: "native", key: "k" }, { namespace: "full" }),
    namespaces.delete({ name: "full" }),
    snapshots.remove({ snapshotter: "overlayfs", key: "k" }, { namespace: "full" }),
    content.delete({ digest: hello.digest }, { namespace: "full" }),
    namespaces.delete({ name: "full" }),
    leases.list({}, { namespace: "full" }),
    namespaces.delete({ name: "full" }),
    content.write([{ ref: "r", data: hello.data, action: 1 }], { namespace: "ingesting" }),
    namespaces.delete({ name: "ingesting" }),
    namespaces.list(),
  ]),
  scenario("they spring into being", [
    containers.get({ id: "c" }),
    containers.list(),
    images.list(),
    leases.list(),
    content.list(),
    content.listStatuses({}, { unordered: true }),
    snapshots.list({ snapshotter: "native" }),
    namespaces.list(),
    containers.create({ container: { id: "not/valid", runtime: { name: "r" } } }),
    namespaces.list(),
    leases.create({ id: "l" }),
    namespaces.list(),
    leases.delete({ id: "l" }),
    namespaces.list(),
  ]),
];
