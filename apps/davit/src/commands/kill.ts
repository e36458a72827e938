import { parseSignal } from "@davit/client";
import { withClient, type GlobalOptions } from "../context.ts";
import { everyOne } from "../every-one.ts";

/** `davit kill` */
export async function kill(
  ids: readonly string[],
  options: GlobalOptions & { readonly signal: string; readonly all?: boolean },
): Promise<void> {
  const number = parseSignal(options.signal);
  await withClient(options, (client, signal) =>
    everyOne(ids, async (id) => {
      const task = await client.container(id).task({ signal });
      await task.kill(number, { all: options.all ?? false, signal });
    }),
  );
}
