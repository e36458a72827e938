/** The images service of containerd's API: `service.v1` for the process, `grpc.v1` for clients. @packageDocumentation */
export { GrpcImagesPlugin, ImagesServicePlugin } from "./plugin.ts";
export { imagesService } from "./service.ts";
