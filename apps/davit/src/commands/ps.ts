import type { Container } from "@davit/api/services/containers";
import { Status, type Process } from "@davit/api/types/task";
import type { Spec } from "@davit/oci";
import { familiarDockerReference } from "@davit/reference";
import { jsonType, OCI_SPEC_URL, unpackAny } from "@davit/typeurl";
import { withClient, type GlobalOptions } from "../context.ts";
import { ageOf, isoOf } from "../human.ts";
import { printList, type ListStyle } from "../list.ts";

interface ListedContainer {
  readonly container: Container;
  readonly task: Process | undefined;
}

const SPEC = jsonType<Spec>(OCI_SPEC_URL);
const COMMAND_LENGTH = 30;
const STATUSES: Readonly<Record<number, string>> = {
  [Status.CREATED]: "created",
  [Status.RUNNING]: "running",
  [Status.STOPPED]: "stopped",
  [Status.PAUSED]: "paused",
  [Status.PAUSING]: "pausing",
};

const style: ListStyle<ListedContainer> = {
  columns: [
    { header: "CONTAINER", value: ({ container }) => container.id },
    { header: "IMAGE", value: ({ container }) => familiarDockerReference(container.image) },
    { header: "COMMAND", value: ({ container }) => shortened(argsOf(container).join(" ")) },
    { header: "CREATED", value: ({ container }) => agoOf(container) },
    { header: "STATUS", value: (item) => statusText(item) },
    { header: "PID", value: ({ task }) => (task?.pid ? String(task.pid) : ""), align: "right" },
  ],
  name: ({ container }) => container.id,
  json: ({ container, task }) => ({
    id: container.id,
    image: container.image,
    args: argsOf(container),
    status: statusOf(task),
    pid: task?.pid || undefined,
    exitStatus: task?.status === Status.STOPPED ? task.exitStatus : undefined,
    runtime: container.runtime?.name,
    snapshotter: container.snapshotter,
    snapshotKey: container.snapshotKey,
    labels: container.labels,
    createdAt: isoOf(container.createdAt),
    updatedAt: isoOf(container.updatedAt),
  }),
};

/** `davit ps`: containers that run; with `all` the others, too. */
export const ps = (
  filters: readonly string[],
  options: GlobalOptions & { readonly all?: boolean },
): Promise<void> =>
  withClient(options, async (client, signal) => {
    const [containers, tasks] = await Promise.all([
      client.containers({ filters, signal }),
      client.tasks({ signal }),
    ]);
    // A task of the list has its container's id as its own.
    const byId = new Map(tasks.map((task) => [task.containerId || task.id, task]));
    const items = containers.map((container) => ({ container, task: byId.get(container.id) }));
    printList(options, options.all ? items : items.filter(({ task }) => isAlive(task)), style);
  });

const isAlive = (task: Process | undefined): boolean =>
  task !== undefined && task.status !== Status.STOPPED && task.status !== Status.UNKNOWN;

const statusOf = (task: Process | undefined): string =>
  task === undefined ? "no task" : (STATUSES[task.status] ?? "unknown");

const statusText = ({ task }: ListedContainer): string =>
  task?.status === Status.STOPPED ? `stopped (${task.exitStatus})` : statusOf(task);

const agoOf = ({ createdAt }: Container): string => (createdAt ? `${ageOf(createdAt)} ago` : "");

const shortened = (text: string): string =>
  text.length > COMMAND_LENGTH ? `${text.slice(0, COMMAND_LENGTH - 1)}…` : text;

/** What the container runs; nothing where the spec is not ours to read. */
function argsOf({ spec }: Container): readonly string[] {
  try {
    return spec === undefined ? [] : (unpackAny(spec, SPEC).process?.args ?? []);
  } catch {
    return [];
  }
}
