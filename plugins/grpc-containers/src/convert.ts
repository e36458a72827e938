import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Container as ContainerMessage, ContainerSchema } from "@davit/api/services/containers";
import type { Container, NewContainer } from "@davit/containers";
import { InvalidArgumentError } from "@davit/errdefs";
import { toTimestamp } from "@davit/time";

export function containerToProto(container: Container): MessageInitShape<typeof ContainerSchema> {
  const { id, labels, image, runtime, spec, snapshotter, snapshotKey, extensions, sandboxId } = container;
  return {
    id,
    labels: { ...labels },
    image,
    runtime: { name: runtime.name, options: runtime.options },
    spec,
    snapshotter,
    snapshotKey,
    createdAt: toTimestamp(container.createdAt),
    updatedAt: toTimestamp(container.updatedAt),
    extensions: { ...extensions },
    sandbox: sandboxId,
  };
}

/** The container of a request. @throws InvalidArgumentError when there is none, which ends containerd. */
export function containerFromProto(container: ContainerMessage | undefined): NewContainer {
  if (container === undefined) throw new InvalidArgumentError("container must be set");
  const { id, labels, image, runtime, spec, snapshotter, snapshotKey, extensions, sandbox } = container;
  return {
    id,
    labels,
    image,
    runtime: { name: runtime?.name ?? "", options: runtime?.options },
    spec,
    snapshotter,
    snapshotKey,
    extensions,
    sandboxId: sandbox,
  };
}
