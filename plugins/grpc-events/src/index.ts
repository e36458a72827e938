/** The events services of containerd's API, gRPC and ttrpc. @packageDocumentation */
export { GrpcEventsPlugin } from "./plugin.ts";
export { eventsService, ttrpcEventsService } from "./service.ts";
