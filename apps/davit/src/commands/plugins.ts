import type { Plugin } from "@davit/api/services/introspection";
import { withClient, type GlobalOptions } from "../context.ts";
import { printList, type ListStyle } from "../list.ts";
import { renderPluginBlock } from "../plugin-block.ts";
import { platformsOf, statusOf } from "../plugin-status.ts";

const style: ListStyle<Plugin> = {
  columns: [
    { header: "TYPE", value: ({ type }) => type },
    { header: "ID", value: ({ id }) => id },
    { header: "PLATFORMS", value: (plugin) => platformsOf(plugin).join(",") },
    { header: "STATUS", value: statusOf },
  ],
  name: ({ id }) => id,
  json: (plugin) => ({
    type: plugin.type,
    id: plugin.id,
    status: statusOf(plugin),
    platforms: platformsOf(plugin),
    requires: plugin.requires,
    capabilities: plugin.capabilities,
    exports: plugin.exports,
    ...(plugin.initErr && { error: { code: plugin.initErr.code, message: plugin.initErr.message } }),
  }),
};

/** `davit plugins ls` */
export const plugins = (
  filters: readonly string[],
  options: GlobalOptions & { readonly detailed?: boolean },
): Promise<void> =>
  withClient(options, async (client, signal) => {
    const found = await client.plugins({ filters, signal });
    const { detailed = false, quiet = false, format } = options;
    if (detailed && !quiet && format !== "json")
      process.stdout.write(found.map(renderPluginBlock).join("\n"));
    else printList(options, found, style);
  });
