import { Status } from "@davit/api/types/task";
import { removeContainer, type Client } from "@davit/client";
import { FailedPreconditionError, quote } from "@davit/errdefs";
import { withClient, type GlobalOptions } from "../context.ts";
import { everyOne } from "../every-one.ts";

/** `davit rm`: the container with its task, where that has ended or `force` ends it, and its snapshot. */
export const rm = (
  ids: readonly string[],
  options: GlobalOptions & { readonly force?: boolean },
): Promise<void> =>
  withClient(options, (client, signal) =>
    everyOne(ids, (id) => removeOne(client, id, options.force ?? false, signal)),
  );

async function removeOne(client: Client, id: string, force: boolean, signal: AbortSignal): Promise<void> {
  const container = client.container(id);
  await container.info({ signal });
  const task = await container.taskIfAny({ signal });
  if (!force && task !== undefined) {
    const { status } = await task.status({ signal });
    if (status === Status.RUNNING || status === Status.PAUSED || status === Status.PAUSING)
      throw new FailedPreconditionError(
        `container ${quote(id)} is running: stop it with \`davit kill\`, or remove it with --force`,
        { bare: true },
      );
  }
  await removeContainer(container);
}
