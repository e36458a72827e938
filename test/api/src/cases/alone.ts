import { Containers } from "@davit/api/services/containers";
import { Content } from "@davit/api/services/content";
import { Diff } from "@davit/api/services/diff";
import { Events } from "@davit/api/services/events";
import { Images } from "@davit/api/services/images";
import { Leases } from "@davit/api/services/leases";
import { Namespaces } from "@davit/api/services/namespaces";
import { Snapshots } from "@davit/api/services/snapshots";
import { callsOf, type Call } from "../case.ts";

const containers = callsOf(Containers);
const content = callsOf(Content);
const diff = callsOf(Diff);
const events = callsOf(Events);
const images = callsOf(Images);
const leases = callsOf(Leases);
const namespaces = callsOf(Namespaces);
const snapshots = callsOf(Snapshots);

/** Calls that containerd must not get, by what it would do. Davit answers each with InvalidArgument. */
export const notForContainerd: Readonly<Record<string, readonly Call[]>> = {
  "absent messages end containerd (reference 01 §3.3)": [
    containers.create({}),
    containers.update({}),
    containers.update({ updateMask: { paths: ["labels"] } }),
    namespaces.create({}),
    namespaces.update({}),
    namespaces.update({ updateMask: { paths: ["labels.a"] } }),
    images.create({}),
    images.create({ image: {} }),
    images.create({ image: { name: "no target" } }),
    images.update({}),
    images.update({ image: { name: "i" } }),
    images.update({ image: { name: "i" }, updateMask: { paths: ["labels.a"] } }),
    content.update({}),
    snapshots.update({ snapshotter: "native" }),
    events.forward({}),
    leases.addResource({ id: "l" }),
    diff.apply({}),
  ],
  "an invalid namespace that containerd would make, and could hardly be rid of": [
    namespaces.update({ namespace: { name: "not/valid", labels: { a: "1" } } }),
    namespaces.update({ namespace: { name: "", labels: { a: "1" } } }),
    namespaces.update({
      namespace: { name: "not/valid", labels: { a: "1" } },
      updateMask: { paths: ["labels.a"] },
    }),
  ],
};
