import { Status } from "@davit/api/types/task";
import type { DeleteResponse, StateResponse } from "@davit/api/runtime/task-v3";
import type { Exit, ProcessState, TaskStatus } from "@davit/runtime";
import { fromTimestamp } from "@davit/time";
import type { Any } from "@davit/typeurl";

const STATUSES: ReadonlyMap<number, TaskStatus> = new Map([
  [Status.CREATED, "created"],
  [Status.RUNNING, "running"],
  [Status.STOPPED, "stopped"],
  [Status.PAUSED, "paused"],
  [Status.PAUSING, "pausing"],
]);

/** A shim's answer to State. */
export function stateFrom(response: StateResponse): ProcessState {
  const { pid, status, stdin, stdout, stderr, terminal, exitStatus, exitedAt } = response;
  return {
    pid,
    status: STATUSES.get(status) ?? "unknown",
    stdin,
    stdout,
    stderr,
    terminal,
    exitStatus,
    exitedAt: fromTimestamp(exitedAt),
  };
}

/** A shim's answer to Delete. */
export function exitFrom({
  pid,
  exitStatus,
  exitedAt,
}: Pick<DeleteResponse, "pid" | "exitStatus" | "exitedAt">): Exit {
  return { pid, status: exitStatus, exitedAt: fromTimestamp(exitedAt) };
}

/** An Any that holds something; undefined stands for one that is absent or empty. */
export const withValue = (any: Any | undefined): Any | undefined =>
  any === undefined || any.value.length === 0 ? undefined : any;

/** The fields of an Any for a message: absent stays absent. */
export const anyField = (any: Any | undefined): { typeUrl: string; value: Uint8Array } | undefined =>
  any && { typeUrl: any.typeUrl, value: any.value };
