import { create } from "@bufbuild/protobuf";
import { TaskDeleteSchema, TaskExitSchema } from "@davit/api/events";
import type { EventExchange } from "@davit/events";
import type { Exit } from "@davit/runtime";
import { toTimestamp } from "@davit/time";
import { packAny } from "@davit/typeurl";

export const EXIT_TOPIC = "/tasks/exit";
export const DELETE_TOPIC = "/tasks/delete";

/** An exit of a container's init that its shim cannot tell, or has not told. */
export interface LostExit {
  readonly namespace: string;
  readonly id: string;
  readonly exit: Exit;
}

type Publisher = Pick<EventExchange, "publish">;

/** Publishes `/tasks/exit` of a container's init. */
export async function publishExit(events: Publisher, { namespace, id, exit }: LostExit): Promise<void> {
  const event = create(TaskExitSchema, { ...fieldsOf(id, exit), id });
  await events.publish(EXIT_TOPIC, packAny(TaskExitSchema, event), { namespace });
}

/** Publishes `/tasks/delete` of a container, with the same values. */
export async function publishDelete(events: Publisher, { namespace, id, exit }: LostExit): Promise<void> {
  const event = create(TaskDeleteSchema, fieldsOf(id, exit));
  await events.publish(DELETE_TOPIC, packAny(TaskDeleteSchema, event), { namespace });
}

const fieldsOf = (containerId: string, { pid, status, exitedAt }: Exit) => ({
  containerId,
  pid,
  exitStatus: status,
  exitedAt: toTimestamp(exitedAt),
});
