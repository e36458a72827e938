import { Snapshots } from "@davit/api/services/snapshots";
import type { Mount } from "@davit/api/types";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { action, callsOf, scenario, type Scenario, type Step } from "../case.ts";
import { LABELS, filtersFor } from "../samples.ts";
import type { Session } from "../session.ts";

const snapshots = callsOf(Snapshots);

/** `containerd.services.snapshots.v1.Snapshots` over each of its snapshotters. */
export const snapshotScenarios: readonly Scenario[] = [
  ...["overlayfs", "native"].flatMap(scenariosOf),
  scenario(
    "the snapshotter",
    ["", "absent", "Overlayfs", "no/identifier"].flatMap((snapshotter) => [
      snapshots.prepare({ snapshotter, key: "k" }),
      snapshots.view({ snapshotter, key: "k" }),
      snapshots.mounts({ snapshotter, key: "k" }),
      snapshots.commit({ snapshotter, key: "k", name: "n" }),
      snapshots.remove({ snapshotter, key: "k" }),
      snapshots.stat({ snapshotter, key: "k" }),
      snapshots.update({ snapshotter, info: { name: "k" } }),
      snapshots.list({ snapshotter }),
      snapshots.usage({ snapshotter, key: "k" }),
      snapshots.cleanup({ snapshotter }),
    ]),
  ),
  scenario("the namespace", [
    ...["", "not/valid"].flatMap((namespace) =>
      ["native", "", "absent"].flatMap((snapshotter) => [
        snapshots.prepare({ snapshotter, key: "k" }, { namespace }),
        snapshots.view({ snapshotter, key: "k" }, { namespace }),
        snapshots.mounts({ snapshotter, key: "k" }, { namespace }),
        snapshots.commit({ snapshotter, key: "k", name: "n" }, { namespace }),
        snapshots.remove({ snapshotter, key: "k" }, { namespace }),
        snapshots.stat({ snapshotter, key: "k" }, { namespace }),
        snapshots.update({ snapshotter, info: { name: "k" } }, { namespace }),
        snapshots.list({ snapshotter }, { namespace }),
        snapshots.list({ snapshotter, filters: ["bad=="] }, { namespace }),
        snapshots.usage({ snapshotter, key: "k" }, { namespace }),
        snapshots.cleanup({ snapshotter }, { namespace }),
      ]),
    ),
    snapshots.prepare({ snapshotter: "native", key: "same" }, { namespace: "snapshots-one" }),
    snapshots.stat({ snapshotter: "native", key: "same" }),
    snapshots.stat({ snapshotter: "overlayfs", key: "same" }, { namespace: "snapshots-one" }),
    snapshots.prepare({ snapshotter: "native", key: "k", parent: "same" }),
    snapshots.remove({ snapshotter: "native", key: "same" }, { namespace: "snapshots-one" }),
  ]),
];

function scenariosOf(snapshotter: string): Scenario[] {
  const key = (name: string) => ({ snapshotter, key: name });
  const committed = (name: string, parent = ""): Step[] => [
    snapshots.prepare({ snapshotter, key: `${name} active`, parent }),
    snapshots.commit({ snapshotter, key: `${name} active`, name }),
  ];
  return [
    scenario(`${snapshotter}: a life`, [
      snapshots.prepare({ ...key("a"), labels: { a: "1", empty: "", "containerd.io/snapshot/x": "y" } }),
      snapshots.prepare(key("a")),
      snapshots.view(key("a")),
      snapshots.stat(key("a")),
      snapshots.mounts(key("a")),
      snapshots.usage(key("a")),
      snapshots.commit({ ...key("a"), name: "one", labels: { b: "2", empty: "" } }),
      snapshots.stat(key("a")),
      snapshots.stat(key("one")),
      snapshots.mounts(key("one")),
      snapshots.usage(key("one")),
      snapshots.commit({ ...key("one"), name: "two" }),
      snapshots.view({ ...key("v"), parent: "one" }),
      snapshots.mounts(key("v")),
      snapshots.usage(key("v")),
      snapshots.prepare({ ...key("b"), parent: "one" }),
      snapshots.mounts(key("b")),
      snapshots.stat(key("b")),
      snapshots.prepare({ ...key("c"), parent: "b" }),
      snapshots.view({ ...key("c"), parent: "b" }),
      snapshots.prepare({ ...key("c"), parent: "v" }),
      snapshots.prepare({ ...key("c"), parent: "absent" }),
      snapshots.view({ ...key("c"), parent: "absent" }),
      snapshots.prepare({ ...key("a"), parent: "absent" }),
      snapshots.remove(key("one")),
      snapshots.commit({ ...key("b"), name: "one" }),
      snapshots.commit({ ...key("absent"), name: "one" }),
      snapshots.commit({ ...key("absent"), name: "new" }),
      snapshots.commit({ ...key("b"), name: "b" }),
      snapshots.commit({ ...key("b"), name: "two" }),
      snapshots.prepare({ ...key("c"), parent: "two" }),
      snapshots.view({ ...key("w"), parent: "two" }),
      snapshots.view(key("empty view")),
      snapshots.usage(key("two")),
      snapshots.list({ snapshotter }),
      snapshots.remove(key("two")),
      snapshots.remove(key("c")),
      snapshots.remove(key("w")),
      snapshots.remove(key("two")),
      snapshots.remove(key("two")),
      snapshots.remove(key("v")),
      snapshots.remove(key("one")),
      snapshots.list({ snapshotter }),
      snapshots.prepare(key("one")),
      snapshots.stat(key("one")),
      snapshots.cleanup({ snapshotter }),
    ]),
    scenario(`${snapshotter}: views are not committed`, [
      ...committed("one"),
      snapshots.view({ ...key("v"), parent: "one" }),
      snapshots.view(key("empty")),
      snapshots.commit({ ...key("empty"), name: "two" }),
      snapshots.commit({ ...key("v"), name: "two" }),
      snapshots.list({ snapshotter }),
    ]),
    scenario(`${snapshotter}: what is not there`, [
      ...["absent", ""].flatMap((name) => [
        snapshots.stat(key(name)),
        snapshots.mounts(key(name)),
        snapshots.usage(key(name)),
        snapshots.remove(key(name)),
        snapshots.update({ snapshotter, info: { name } }),
        snapshots.update({ snapshotter, info: { name }, updateMask: { paths: ["parent"] } }),
        snapshots.commit({ ...key(name), name: "n" }),
      ]),
      snapshots.prepare(key("")),
      snapshots.view(key("")),
      snapshots.prepare(key("k")),
      snapshots.commit({ ...key("k"), name: "" }),
      snapshots.commit({ ...key(""), name: "" }),
      snapshots.prepare(key("no/identifier, ä\n")),
      snapshots.stat(key("no/identifier, ä\n")),
      snapshots.prepare(key("x".repeat(40_000))),
      snapshots.list({ snapshotter }),
      snapshots.list({ snapshotter }, { namespace: "no-such-namespace" }),
    ]),
    scenario(`${snapshotter}: labels`, [
      ...LABELS.map((labels, index) => snapshots.prepare({ ...key(`p${index}`), labels })),
      ...LABELS.map((labels, index) => snapshots.view({ ...key(`v${index}`), labels })),
      snapshots.list({ snapshotter }),
      snapshots.prepare(key("k")),
      ...LABELS.map((labels) => snapshots.commit({ ...key("k"), name: "n", labels })),
      snapshots.list({ snapshotter, filters: ["name==k", "name==n"] }),
      snapshots.prepare({
        ...key("u"),
        labels: { a: "1", b: "2", "containerd.io/snapshot/x": "1", "containerd.io/snapshot.ref": "r" },
      }),
      ...[
        "labels",
        "labels.a",
        "labels.new",
        "labels.",
        "labels.containerd.io/snapshot/x",
        "parent",
        "name",
        "kind",
        "created_at",
        "",
        "nope",
      ].flatMap((path, index) => [
        snapshots.update({
          snapshotter,
          info: {
            name: "u",
            parent: "n",
            kind: 3,
            labels: { a: `${index}`, new: path, "containerd.io/snapshot/x": `${index}` },
            createdAt: { seconds: 5n },
          },
          updateMask: { paths: [path] },
        }),
        snapshots.stat(key("u")),
      ]),
      snapshots.update({ snapshotter, info: { name: "u", labels: { z: "26" } } }),
      snapshots.stat(key("u")),
      snapshots.update({ snapshotter, info: { name: "u" } }),
      snapshots.stat(key("u")),
      snapshots.update({
        snapshotter,
        info: { name: "u", labels: { a: "1" } },
        updateMask: { paths: ["labels.a", "nope"] },
      }),
      snapshots.stat(key("u")),
      ...LABELS.map((labels) => snapshots.update({ snapshotter, info: { name: "u", labels } })),
      ...LABELS.map((labels) =>
        snapshots.update({
          snapshotter,
          info: { name: "u", labels },
          updateMask: { paths: Object.keys(labels).map((label) => `labels.${label}`) },
        }),
      ),
      snapshots.stat(key("u")),
    ]),
    scenario(`${snapshotter}: filters`, [
      ...committed("base"),
      snapshots.prepare({ ...key("k"), parent: "base", labels: { a: "1", "x.y/z": "v w" } }),
      snapshots.view({ ...key("v"), labels: { a: "2", k: "vv" } }),
      ...filtersFor("name", "k").map((filters) => snapshots.list({ snapshotter, filters })),
      ...[
        "parent==base",
        "parent",
        "kind==active",
        "kind==Active",
        "kind==view",
        "kind==committed",
        "kind!=active",
        "kind~=/^c/",
        "kind==3",
        "created_at",
      ].map((filter) => snapshots.list({ snapshotter, filters: [filter] })),
    ]),
    scenario(`${snapshotter}: a target that exists`, [
      ...committed("target"),
      snapshots.prepare({ ...key("x"), labels: { "containerd.io/snapshot.ref": "target" } }),
      snapshots.view({ ...key("x"), labels: { "containerd.io/snapshot.ref": "target" } }),
      snapshots.prepare({
        ...key("x"),
        parent: "absent",
        labels: { "containerd.io/snapshot.ref": "target" },
      }),
      snapshots.prepare({ ...key("y"), labels: { "containerd.io/snapshot.ref": "new target" } }),
      snapshots.stat(key("y")),
      snapshots.commit({ ...key("y"), name: "new target", labels: { "containerd.io/snapshot.ref": "z" } }),
      snapshots.stat(key("new target")),
      snapshots.list({ snapshotter }),
    ]),
    scenario(`${snapshotter}: a parent at the commit`, [
      ...committed("base"),
      ...committed("other"),
      snapshots.prepare({ ...key("b"), parent: "base" }),
      snapshots.commit({ ...key("b"), name: "kept", parent: "other" }),
      snapshots.stat(key("kept")),
      snapshots.prepare({ ...key("c"), parent: "base" }),
      snapshots.commit({ ...key("c"), name: "kept too", parent: "absent" }),
      snapshots.prepare(key("a")),
      snapshots.commit({ ...key("a"), name: "rebased", parent: "absent" }),
      snapshots.commit({ ...key("a"), name: "rebased", parent: "base" }),
    ]),
    scenario(`${snapshotter}: commit onto a parent`, [
      ...committed("base"),
      snapshots.prepare(key("a")),
      snapshots.commit({ ...key("a"), name: "rebased", parent: "base" }),
      snapshots.stat(key("rebased")),
      snapshots.remove(key("base")),
      snapshots.prepare(key("c")),
      snapshots.prepare(key("d")),
      snapshots.commit({ ...key("c"), name: "onto active", parent: "d" }),
      snapshots.commit({ ...key("c"), name: "onto itself", parent: "c" }),
      snapshots.list({ snapshotter }),
      snapshots.prepare({ ...key("top"), parent: "rebased" }),
      snapshots.mounts(key("top")),
      snapshots.mounts(key("c")),
    ]),
    scenario(`${snapshotter}: five layers`, [
      ...committed("1"),
      ...committed("2", "1"),
      ...committed("3", "2"),
      ...committed("4", "3"),
      ...committed("5", "4"),
      snapshots.prepare({ ...key("rw"), parent: "5" }),
      snapshots.view({ ...key("ro"), parent: "5" }),
      snapshots.list({ snapshotter }),
    ]),
    scenario(`${snapshotter}: id mappings`, [
      ...["0:1000:65536", "0:1000:65536,65536:100000:1", "0:0", "x", "", "0:1000:65536,"].map((map, index) =>
        snapshots.prepare({
          ...key(`m${index}`),
          labels: { "containerd.io/snapshot/uidmapping": map, "containerd.io/snapshot/gidmapping": map },
        }),
      ),
      snapshots.prepare({
        ...key("uid only"),
        labels: { "containerd.io/snapshot/uidmapping": "0:1000:65536" },
      }),
      snapshots.prepare({
        ...key("not from 0"),
        labels: {
          "containerd.io/snapshot/uidmapping": "1:1000:65536",
          "containerd.io/snapshot/gidmapping": "1:1000:65536",
        },
      }),
      snapshots.list({ snapshotter }),
    ]),
    scenario(`${snapshotter}: usage`, [
      snapshots.prepare(key("a"), { save: "mounts" }),
      action("files in the snapshot", async (session) => fill(session)),
      snapshots.usage(key("a")),
      snapshots.commit({ ...key("a"), name: "n" }),
      snapshots.usage(key("n")),
      snapshots.prepare({ ...key("b"), parent: "n" }),
      snapshots.usage(key("b")),
      snapshots.view({ ...key("v"), parent: "n" }),
      snapshots.usage(key("v")),
    ]),
  ];
}

/** Puts files of known sizes into the snapshot whose mount was saved. */
function fill(session: Session): void {
  const { mounts } = session.response<{ mounts: Mount[] } & { $typeName: string }>("mounts");
  const root = mounts[0]?.source ?? "";
  mkdirSync(join(root, "dir"));
  writeFileSync(join(root, "dir", "file"), Buffer.alloc(10_000, "x"));
  writeFileSync(join(root, "empty"), "");
  symlinkSync("file", join(root, "dir", "link"));
}
