import type { CreateTaskRequest } from "@davit/api/services/tasks";
import type { Options } from "@davit/api/runc";
import type { Container } from "@davit/containers";
import { AlreadyExistsError, NotImplementedError, quote, UnknownError } from "@davit/errdefs";
import type { WarningStore } from "@davit/introspection";
import type { CallOptions } from "@davit/namespaces";
import type { Task, TaskApiAddress, TaskRuntime } from "@davit/runtime";
import { mountFromProto } from "./convert.ts";
import type { Lookup } from "./lookup.ts";
import { CHECKPOINT_MEDIA_TYPE, createOptions } from "./options.ts";

const DEPRECATED = "io.containerd.deprecation/runc-options-task-api";

/** What Tasks.Create needs. */
export interface CreateParts {
  readonly lookup: Lookup;
  readonly runtime: TaskRuntime;
  readonly warnings: Pick<WarningStore, "emit">;
}

/**
 * Makes the task of a container: the container is looked up, the options read, the checkpoint, and only then is asked whether
 * there is a task already (reference 04 §7).
 */
export async function createTask(
  { lookup, runtime, warnings }: CreateParts,
  request: CreateTaskRequest,
  options: CallOptions,
): Promise<{ readonly task: Task; readonly container: Container }> {
  const { containerId: id, stdin, stdout, stderr, terminal } = request;
  const container = await lookup.container(id, options);
  const runc = request.options && (await createOptions(container.runtime.name, request.options));
  if (runc) warnOfDeprecated(runc, warnings);
  const checkpoint = checkpointPath(request, runc);
  if (lookup.hasTask(id, options)) throw new AlreadyExistsError(`task ${id}`);
  const create = {
    stdio: { stdin, stdout, stderr, terminal },
    spec: container.spec,
    rootfs: request.rootfs.map(mountFromProto),
    runtime: request.runtimePath || container.runtime.name,
    runtimeOptions: container.runtime.options,
    taskOptions: request.options,
    checkpoint,
    sandboxId: container.sandboxId,
    taskApi: taskApiOf(request, runc),
  };
  return { task: await runtime.create(id, create, options), container };
}

/** The directory to restore from: where the options name one. A checkpoint in the content store is not unpacked here. */
function checkpointPath({ checkpoint }: CreateTaskRequest, runc: Options | undefined): string {
  const path = runc?.criuImagePath ?? "";
  if (path !== "" || checkpoint === undefined) return path;
  if (checkpoint.mediaType !== CHECKPOINT_MEDIA_TYPE)
    throw new UnknownError(`unsupported checkpoint type ${quote(checkpoint.mediaType)}`);
  throw new NotImplementedError(
    "a task is not restored from the content store: unpack the checkpoint and name its directory as criu_image_path in the options",
  );
}

function taskApiOf(
  { taskApiAddress, taskApiVersion }: CreateTaskRequest,
  runc: Options | undefined,
): TaskApiAddress | undefined {
  const address = taskApiAddress || runc?.taskApiAddress;
  if (!address) return undefined;
  return { address, version: taskApiVersion || (runc?.taskApiVersion ?? 0) };
}

function warnOfDeprecated(runc: Options, warnings: Pick<WarningStore, "emit">): void {
  if (runc.taskApiAddress !== "") warnings.emit(`${DEPRECATED}-address`);
  if (runc.taskApiVersion !== 0) warnings.emit(`${DEPRECATED}-version`);
}
