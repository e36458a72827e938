import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Leases, LeaseSchema } from "@davit/api/services/leases";
import { InvalidArgumentError } from "@davit/errdefs";
import type { Lease, LeaseManager, Resource } from "@davit/leases";
import type { ServiceMethods } from "@davit/server";
import { toTimestamp } from "@davit/time";

/** The methods of `containerd.services.leases.v1.Leases` over a lease manager. */
export function leasesService(leases: LeaseManager): ServiceMethods<typeof Leases> {
  return {
    create: async ({ id, labels }, options) => ({
      lease: leaseToProto(await leases.create({ id, labels }, options)),
    }),
    delete: async ({ id, sync }, options) => {
      await leases.delete(id, { ...options, sync });
      return {};
    },
    list: async ({ filters }, options) => ({
      leases: (await leases.list({ ...options, filters })).map(leaseToProto),
    }),
    addResource: async ({ id, resource }, options) => {
      await leases.addResource(id, required(resource), options);
      return {};
    },
    deleteResource: async ({ id, resource }, options) => {
      await leases.deleteResource(id, required(resource), options);
      return {};
    },
    listResources: async ({ id }, options) => ({
      resources: (await leases.listResources(id, options)).map(({ id, type }) => ({ id, type })),
    }),
  };
}

const leaseToProto = ({ id, createdAt, labels }: Lease): MessageInitShape<typeof LeaseSchema> => ({
  id,
  createdAt: toTimestamp(createdAt),
  labels: { ...labels },
});

/** @throws InvalidArgumentError when there is none, which ends containerd. */
function required(resource: Resource | undefined): Resource {
  if (resource === undefined) throw new InvalidArgumentError("resource must be set");
  return { id: resource.id, type: resource.type };
}
