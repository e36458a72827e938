// The parts of undici that are used. Its index loads fetch, WebSocket, caches and mocks as well: three times the time and the memory, on
// each thread, and a pull's first request blocks the main thread meanwhile. The version is pinned; nothing of it is patched.
import api from "undici/lib/api/index.js";
import connector from "undici/lib/core/connect.js";
import DirectAgent from "undici/lib/dispatcher/agent.js";
import AnyDispatcher from "undici/lib/dispatcher/dispatcher.js";
import TunnelAgent from "undici/lib/dispatcher/proxy-agent.js";
import type { Agent as AgentClass, buildConnector as Connector, ProxyAgent as ProxyAgentClass } from "undici";

// As the index does it.
Object.assign(AnyDispatcher.prototype, api);

export const Agent: typeof AgentClass = DirectAgent;
export const ProxyAgent: typeof ProxyAgentClass = TunnelAgent;
export const buildConnector: typeof Connector = connector;
