// undici types its index only; these are the modules behind it (8.12).
declare module "undici/lib/api/index.js" {
  import type { Dispatcher } from "undici";
  const api: Pick<Dispatcher, "connect" | "pipeline" | "request" | "stream" | "upgrade">;
  export default api;
}
declare module "undici/lib/core/connect.js" {
  import type { buildConnector } from "undici";
  const connector: typeof buildConnector;
  export default connector;
}
declare module "undici/lib/dispatcher/agent.js" {
  import type { Agent } from "undici";
  const agent: typeof Agent;
  export default agent;
}
declare module "undici/lib/dispatcher/dispatcher.js" {
  import type { Dispatcher } from "undici";
  const dispatcher: typeof Dispatcher;
  export default dispatcher;
}
declare module "undici/lib/dispatcher/proxy-agent.js" {
  import type { ProxyAgent } from "undici";
  const proxyAgent: typeof ProxyAgent;
  export default proxyAgent;
}
