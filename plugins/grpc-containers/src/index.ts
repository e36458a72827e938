/** The containers service of containerd's API: `service.v1` for the process, `grpc.v1` for clients. @packageDocumentation */
export { ContainersServicePlugin, GrpcContainersPlugin } from "./plugin.ts";
export { containersService } from "./service.ts";
