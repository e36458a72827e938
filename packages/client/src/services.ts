import type { DescService } from "@bufbuild/protobuf";
import { Health } from "@davit/api/health";
import { Containers } from "@davit/api/services/containers";
import { Content } from "@davit/api/services/content";
import { Diff } from "@davit/api/services/diff";
import { Events } from "@davit/api/services/events";
import { Images } from "@davit/api/services/images";
import { Introspection } from "@davit/api/services/introspection";
import { Leases } from "@davit/api/services/leases";
import { Mounts } from "@davit/api/services/mounts";
import { Namespaces } from "@davit/api/services/namespaces";
import { Controller, Store } from "@davit/api/services/sandbox";
import { Snapshots } from "@davit/api/services/snapshots";
import { Streaming } from "@davit/api/services/streaming";
import { Tasks } from "@davit/api/services/tasks";
import { Transfer } from "@davit/api/services/transfer";
import { Version } from "@davit/api/services/version";
import {
  createClient,
  type Channel,
  type Client as ServiceClient,
  type ClientCallOptions,
} from "@davit/grpc/client";

/** The daemon's services, one client each. A call is made in the session's namespace unless its options name another. */
export interface Services {
  readonly containers: ServiceClient<typeof Containers>;
  readonly content: ServiceClient<typeof Content>;
  readonly diff: ServiceClient<typeof Diff>;
  readonly events: ServiceClient<typeof Events>;
  readonly health: ServiceClient<typeof Health>;
  readonly images: ServiceClient<typeof Images>;
  readonly introspection: ServiceClient<typeof Introspection>;
  readonly leases: ServiceClient<typeof Leases>;
  readonly mounts: ServiceClient<typeof Mounts>;
  readonly namespaces: ServiceClient<typeof Namespaces>;
  readonly sandboxController: ServiceClient<typeof Controller>;
  readonly sandboxStore: ServiceClient<typeof Store>;
  readonly snapshots: ServiceClient<typeof Snapshots>;
  readonly streaming: ServiceClient<typeof Streaming>;
  readonly tasks: ServiceClient<typeof Tasks>;
  readonly transfer: ServiceClient<typeof Transfer>;
  readonly version: ServiceClient<typeof Version>;
}

const SERVICES: Readonly<Record<keyof Services, DescService>> = {
  containers: Containers,
  content: Content,
  diff: Diff,
  events: Events,
  health: Health,
  images: Images,
  introspection: Introspection,
  leases: Leases,
  mounts: Mounts,
  namespaces: Namespaces,
  sandboxController: Controller,
  sandboxStore: Store,
  snapshots: Snapshots,
  streaming: Streaming,
  tasks: Tasks,
  transfer: Transfer,
  version: Version,
};

/** The services on a channel, each made when it is first used. */
export function servicesOn(channel: Channel, namespace: string): Services {
  const made: Partial<Record<keyof Services, unknown>> = {};
  const services = {};
  for (const [name, service] of Object.entries(SERVICES)) {
    const get = (): unknown => (made[name as keyof Services] ??= bound(service, channel, namespace));
    Object.defineProperty(services, name, { enumerable: true, get });
  }
  return services as Services;
}

type Method = (request: unknown, options?: ClientCallOptions) => unknown;

/** A client whose calls are made in a namespace. */
function bound(service: DescService, channel: Channel, namespace: string): unknown {
  const methods = Object.entries(createClient(service, channel) as Readonly<Record<string, Method>>);
  return Object.fromEntries(
    methods.map(([name, call]): [string, Method] => [
      name,
      (request, options) => call(request, { namespace, ...options }),
    ]),
  );
}
