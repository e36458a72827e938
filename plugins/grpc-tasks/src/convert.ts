import type { MessageInitShape } from "@bufbuild/protobuf";
import { Status, type ProcessSchema } from "@davit/api/types/task";
import type { DeleteResponseSchema } from "@davit/api/services/tasks";
import type { Mount as MountMessage } from "@davit/api/types";
import type { Mount } from "@davit/mount";
import type { Exit, ProcessState, TaskStatus } from "@davit/runtime";
import { toTimestamp } from "@davit/time";
import type { Any } from "@davit/typeurl";

const STATUSES: Readonly<Record<TaskStatus, Status>> = {
  unknown: Status.UNKNOWN,
  created: Status.CREATED,
  running: Status.RUNNING,
  stopped: Status.STOPPED,
  paused: Status.PAUSED,
  pausing: Status.PAUSING,
};

/** `id` is the container's for init, else the exec's; container_id stays empty, as in containerd. */
export function processToProto(id: string, state: ProcessState): MessageInitShape<typeof ProcessSchema> {
  const { pid, status, stdin, stdout, stderr, terminal, exitStatus, exitedAt } = state;
  return {
    id,
    pid,
    status: STATUSES[status],
    stdin,
    stdout,
    stderr,
    terminal,
    exitStatus,
    exitedAt: toTimestamp(exitedAt),
  };
}

export const exitToProto = (id: string, exit: Exit): MessageInitShape<typeof DeleteResponseSchema> => ({
  id,
  pid: exit.pid,
  exitStatus: exit.status,
  exitedAt: toTimestamp(exit.exitedAt),
});

export const mountFromProto = ({ type, source, target, options }: MountMessage): Mount => ({
  type,
  source,
  target,
  options,
});

export const anyToProto = (any: Any | undefined): { typeUrl: string; value: Uint8Array } | undefined =>
  any && { typeUrl: any.typeUrl, value: any.value };
