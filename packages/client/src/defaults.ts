import { LABEL_DEFAULT_RUNTIME, LABEL_DEFAULT_SNAPSHOTTER } from "@davit/labels";
import type { Abortable, Session } from "./session.ts";

/** The snapshotter where nobody names one. */
export const DEFAULT_SNAPSHOTTER = "overlayfs";
/** The runtime where nobody names one. */
export const DEFAULT_RUNTIME = "io.containerd.runc.v2";

/** The snapshotter of the namespace's label, else overlayfs. */
export const defaultSnapshotter = (session: Session, options?: Abortable): Promise<string> =>
  namespaceDefault(session, LABEL_DEFAULT_SNAPSHOTTER, DEFAULT_SNAPSHOTTER, options);

/** The runtime of the namespace's label, else runc's. */
export const defaultRuntime = (session: Session, options?: Abortable): Promise<string> =>
  namespaceDefault(session, LABEL_DEFAULT_RUNTIME, DEFAULT_RUNTIME, options);

async function namespaceDefault(
  { namespace, services }: Session,
  label: string,
  otherwise: string,
  { signal }: Abortable = {},
): Promise<string> {
  const answer = await services.namespaces.get({ name: namespace }, { signal });
  return answer.namespace?.labels[label] || otherwise;
}
