import { create, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import { NamespaceCreateSchema, NamespaceDeleteSchema, NamespaceUpdateSchema } from "@davit/api/events";
import type { Namespaces } from "@davit/api/services/namespaces";
import { InvalidArgumentError } from "@davit/errdefs";
import type { EventExchange } from "@davit/events";
import type { Namespace, NamespaceStore } from "@davit/namespaces";
import type { ServiceMethods } from "@davit/server";
import { packAny } from "@davit/typeurl";

/** The methods of `containerd.services.namespaces.v1.Namespaces` over a store. Its changes are published here. */
export function namespacesService(
  namespaces: NamespaceStore,
  events: EventExchange,
): ServiceMethods<typeof Namespaces> {
  const named = async (name: string): Promise<{ name: string; labels: Record<string, string> }> => ({
    name,
    labels: { ...(await namespaces.labels(name)) },
  });
  return {
    // One that is not known has no labels; clients ask before they use it.
    get: async ({ name }) => ({ namespace: await named(name) }),
    list: async (_request, { signal }) => ({
      namespaces: await Promise.all((await namespaces.list({ signal })).map(named)),
    }),
    create: async (request, { signal }) => {
      const { name, labels } = required(request.namespace);
      await namespaces.create({ name, labels }, { signal });
      await publish(events, "/namespaces/create", NamespaceCreateSchema, { name, labels });
      return { namespace: { name, labels } };
    },
    update: async (request, { signal }) => {
      const { name, labels } = required(request.namespace);
      await namespaces.update({ name, labels }, request.updateMask?.paths, { signal });
      await publish(events, "/namespaces/update", NamespaceUpdateSchema, { name, labels });
      return {};
    },
    delete: async ({ name }, { signal }) => {
      await namespaces.delete(name, { signal });
      await publish(events, "/namespaces/delete", NamespaceDeleteSchema, { name });
      return {};
    },
  };
}

/** @throws InvalidArgumentError when there is none, which ends containerd. */
function required<T extends Namespace>(namespace: T | undefined): T {
  if (namespace === undefined) throw new InvalidArgumentError("namespace must be set");
  return namespace;
}

/** In the namespace that it is about, whatever that of the call. */
async function publish<M extends DescMessage>(
  events: EventExchange,
  topic: string,
  schema: M,
  event: MessageInitShape<M> & { readonly name: string },
): Promise<void> {
  const message = packAny<DescMessage>(schema, create(schema, event));
  await events.publish(topic, message, { namespace: event.name });
}
