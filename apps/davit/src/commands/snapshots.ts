import { Kind, type Info } from "@davit/api/services/snapshots";
import { withClient, type GlobalOptions } from "../context.ts";
import { isoOf } from "../human.ts";
import { printList, type ListStyle } from "../list.ts";

const KINDS: Readonly<Record<number, string>> = {
  [Kind.VIEW]: "View",
  [Kind.ACTIVE]: "Active",
  [Kind.COMMITTED]: "Committed",
};
const kindOf = ({ kind }: Info): string => KINDS[kind] ?? "Unknown";

const style: ListStyle<Info> = {
  columns: [
    { header: "KEY", value: ({ name }) => name },
    { header: "PARENT", value: ({ parent }) => parent },
    { header: "KIND", value: kindOf },
  ],
  name: ({ name }) => name,
  json: (info) => ({
    key: info.name,
    parent: info.parent,
    kind: kindOf(info).toLowerCase(),
    labels: info.labels,
    createdAt: isoOf(info.createdAt),
    updatedAt: isoOf(info.updatedAt),
  }),
};

/** `davit snapshots ls` */
export const snapshots = (
  filters: readonly string[],
  options: GlobalOptions & { readonly snapshotter?: string },
): Promise<void> =>
  withClient(options, async (client, signal) => {
    const { snapshotter } = options;
    printList(options, await Array.fromAsync(client.snapshots({ snapshotter, filters, signal })), style);
  });
