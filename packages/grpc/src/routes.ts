import type { DescMethod } from "@bufbuild/protobuf";
import { NotImplementedError } from "@davit/errdefs";
import type { CallOptions } from "@davit/namespaces";
import type { ServiceImplementation } from "@davit/server";

/** Where a call goes. */
export interface Route {
  readonly service: string;
  readonly method: DescMethod;
  readonly handler: (request: unknown, options: CallOptions) => unknown;
}

/**
 * Finds what answers the path `/package.Service/Method`: the last slash divides. The services are looked through each time: they may come and go.
 * @throws NotImplementedError with the texts of grpc-go and of its generated servers.
 */
export function route(services: Iterable<ServiceImplementation>, path: string): Route {
  const [, name, methodName] = /^\/(.*)\/([^/]*)$/.exec(path) ?? [];
  if (name === undefined) throw unimplemented(`malformed method name: ${JSON.stringify(path)}`);
  for (const { service, methods } of services) {
    if (service.typeName !== name) continue;
    const method = service.methods.find((each) => each.name === methodName);
    if (method === undefined) throw unimplemented(`unknown method ${methodName} for service ${name}`);
    const handler = methods[method.localName];
    if (typeof handler !== "function") throw unimplemented(`method ${methodName} not implemented`);
    return { service: name, method, handler: handler.bind(methods) as Route["handler"] };
  }
  throw unimplemented(`unknown service ${name}`);
}

const unimplemented = (text: string): NotImplementedError => new NotImplementedError(text, { bare: true });
