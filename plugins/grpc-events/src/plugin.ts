import { Events } from "@davit/api/services/events";
import { Events as TtrpcEvents } from "@davit/api/services/ttrpc-events";
import { EventPlugin, type EventExchange } from "@davit/events";
import { plugin, requires, type Plugin } from "@davit/plugin";
import { GrpcPlugin, implement, type GrpcServices } from "@davit/server";
import { eventsService, ttrpcEventsService } from "./service.ts";

/** `io.containerd.grpc.v1.events`: for clients over gRPC, for shims over ttrpc. */
@plugin({ type: GrpcPlugin, id: "events" })
export class GrpcEventsPlugin implements Plugin<GrpcServices> {
  readonly #exchange: EventExchange;
  constructor(@requires(EventPlugin) exchange: EventExchange) {
    this.#exchange = exchange;
  }
  init(): GrpcServices {
    return {
      grpc: [implement(Events, eventsService(this.#exchange))],
      ttrpc: [implement(TtrpcEvents, ttrpcEventsService(this.#exchange))],
    };
  }
}
