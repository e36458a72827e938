import { create } from "@bufbuild/protobuf";
import { TaskDeleteSchema, TaskExitSchema } from "@davit/api/events";
import type { EventExchange } from "@davit/events";
import type { Exit } from "@davit/runtime";
import { toTimestamp } from "@davit/time";
import { packAny } from "@davit/typeurl";

export const EXIT_TOPIC = "/tasks/exit";
export const DELETE_TOPIC = "/tasks/delete";

/** An exit that the shim itself cannot tell. */
export interface LostExit {
  readonly namespace: string;
  readonly id: string;
  readonly exit: Exit;
  /** Whether the container is gone with its shim. */
  readonly deleted: boolean;
}

/** Publishes the exit of a container's init and, where it is gone, its deletion; both with the same exited_at (reference 04 §8). */
export async function publishExit(
  events: Pick<EventExchange, "publish">,
  { namespace, id, exit, deleted }: LostExit,
): Promise<void> {
  const { pid, status } = exit;
  const fields = { containerId: id, pid, exitStatus: status, exitedAt: toTimestamp(exit.exitedAt) };
  const exited = packAny(TaskExitSchema, create(TaskExitSchema, { ...fields, id }));
  await events.publish(EXIT_TOPIC, exited, { namespace });
  if (!deleted) return;
  await events.publish(DELETE_TOPIC, packAny(TaskDeleteSchema, create(TaskDeleteSchema, fields)), {
    namespace,
  });
}
