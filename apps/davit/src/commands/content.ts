import type { Info } from "@davit/api/services/content";
import { withClient, type GlobalOptions } from "../context.ts";
import { ageOf, formatBytes, formatLabels, isoOf } from "../human.ts";
import { printList, type ListStyle } from "../list.ts";

const style: ListStyle<Info> = {
  columns: [
    { header: "DIGEST", value: ({ digest }) => digest },
    { header: "SIZE", value: ({ size }) => formatBytes(Number(size)), align: "right" },
    { header: "AGE", value: ({ createdAt }) => ageOf(createdAt) },
    { header: "LABELS", value: ({ labels }) => formatLabels(labels) },
  ],
  name: ({ digest }) => digest,
  json: ({ digest, size, labels, createdAt, updatedAt }) => ({
    digest,
    sizeBytes: Number(size),
    labels,
    createdAt: isoOf(createdAt),
    updatedAt: isoOf(updatedAt),
  }),
};

/** `davit content ls` */
export const content = (filters: readonly string[], options: GlobalOptions): Promise<void> =>
  withClient(options, async (client, signal) => {
    printList(options, await Array.fromAsync(client.content({ filters, signal })), style);
  });
