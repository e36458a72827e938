import type { MessageInitShape } from "@bufbuild/protobuf";
import type { MetricSchema } from "@davit/api/types";
import { isNotFound, UnknownError, wireMessage } from "@davit/errdefs";
import { fieldAdaptor, parseFilters, type Filter } from "@davit/filters";
import { requireNamespace, type CallOptions } from "@davit/namespaces";
import type { Logger } from "@davit/plugin";
import type { Task, TaskRuntime } from "@davit/runtime";
import { now, toTimestamp } from "@davit/time";
import { anyToProto } from "./convert.ts";

type Metric = MessageInitShape<typeof MetricSchema>;

/** How long one task may take to tell its usage; those that do not are left out, as those that cannot. */
const STATS_TIMEOUT_MS = 2000;

/**
 * Usage of the tasks of a namespace that match any of the filters (`id`, `namespace`).
 * @throws UnknownError, where others say FailedPrecondition or InvalidArgument, as containerd does here.
 */
export async function taskMetrics(
  runtime: TaskRuntime,
  filters: readonly string[],
  options: CallOptions,
  log: Logger,
): Promise<Metric[]> {
  const filter = asUnknown(() => parseFilters(filters));
  asUnknown(() => requireNamespace(options));
  const tasks = runtime.list(options).filter((task) => matches(filter, task));
  const metrics = await Promise.all(tasks.map((task) => metricOf(task, options, log)));
  return metrics.filter((metric) => metric !== undefined);
}

const matches = (filter: Filter, { id, namespace }: Task): boolean => filter(fieldAdaptor({ id, namespace }));

async function metricOf(task: Task, options: CallOptions, log: Logger): Promise<Metric | undefined> {
  const timestamp = toTimestamp(now());
  const limit = AbortSignal.timeout(STATS_TIMEOUT_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
  try {
    const data = await task.stats({ ...options, signal });
    return { timestamp, id: task.id, data: anyToProto(data) };
  } catch (error) {
    if (!isNotFound(error)) log.warn({ id: task.id, error: wireMessage(error) }, "collecting metrics");
    return undefined;
  }
}

function asUnknown<T>(fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    throw new UnknownError(wireMessage(error), { bare: true });
  }
}
