import type { Namespace } from "@davit/api/services/namespaces";
import { withClient, type GlobalOptions } from "../context.ts";
import { formatLabels } from "../human.ts";
import { printList, type ListStyle } from "../list.ts";

const style: ListStyle<Namespace> = {
  columns: [
    { header: "NAME", value: ({ name }) => name },
    { header: "LABELS", value: ({ labels }) => formatLabels(labels) },
  ],
  name: ({ name }) => name,
  json: ({ name, labels }) => ({ name, labels }),
};

/** `davit namespaces ls` */
export const namespaces = (options: GlobalOptions): Promise<void> =>
  withClient(options, async (client, signal) =>
    printList(options, await client.namespaces({ signal }), style),
  );
