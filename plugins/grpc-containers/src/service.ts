import { create, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import { ContainerCreateSchema, ContainerDeleteSchema, ContainerUpdateSchema } from "@davit/api/events";
import type { Containers } from "@davit/api/services/containers";
import type { Container, ContainerStore } from "@davit/containers";
import { InvalidArgumentError } from "@davit/errdefs";
import type { EventExchange } from "@davit/events";
import type { CallOptions } from "@davit/namespaces";
import type { ServiceMethods } from "@davit/server";
import { packAny } from "@davit/typeurl";
import { containerFromProto, containerToProto } from "./convert.ts";

/** The methods of `containerd.services.containers.v1.Containers` over a store. Its changes are published here. */
export function containersService(
  containers: ContainerStore,
  events: EventExchange,
): ServiceMethods<typeof Containers> {
  return {
    get: async ({ id }, options) => ({ container: containerToProto(await containers.get(id, options)) }),
    list: async ({ filters }, options) => ({
      containers: await Array.fromAsync(containers.list({ ...options, filters }), containerToProto),
    }),
    async *listStream({ filters }, options) {
      for await (const container of containers.list({ ...options, filters }))
        yield { container: containerToProto(container) };
    },
    create: async (request, options) => {
      const created = await containers.create(containerFromProto(request.container), options);
      await publish(events, "/containers/create", ContainerCreateSchema, creation(created), options);
      return { container: containerToProto(created) };
    },
    update: async (request, options) => {
      const container = containerFromProto(request.container);
      if (container.id === "") throw new InvalidArgumentError("Container.ID required", { bare: true });
      const fieldpaths = request.updateMask?.paths;
      const updated = await containers.update(container, { ...options, fieldpaths });
      const { id, image, labels, snapshotKey } = updated;
      const event = { id, image, labels: { ...labels }, snapshotKey };
      await publish(events, "/containers/update", ContainerUpdateSchema, event, options);
      return { container: containerToProto(updated) };
    },
    delete: async ({ id }, options) => {
      await containers.delete(id, options);
      await publish(events, "/containers/delete", ContainerDeleteSchema, { id }, options);
      return {};
    },
  };
}

const creation = ({ id, image, runtime }: Container): MessageInitShape<typeof ContainerCreateSchema> => ({
  id,
  image,
  runtime: { name: runtime.name, options: runtime.options },
});

/** What is done is told, whatever becomes of the caller. */
async function publish<M extends DescMessage>(
  events: EventExchange,
  topic: string,
  schema: M,
  event: MessageInitShape<M>,
  { namespace }: CallOptions,
): Promise<void> {
  await events.publish(topic, packAny<DescMessage>(schema, create(schema, event)), { namespace });
}
