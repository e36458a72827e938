import { createSecureContext, getCACertificates, type SecureContext } from "node:tls";
import type { Agent, buildConnector, Dispatcher, ProxyAgent } from "undici";
import { proxyFor } from "./proxy.ts";
import type { TransportSettings } from "./settings.ts";

/** How long an idle connection is kept: the pause between two layers, not that between two pulls. */
const KEEP_ALIVE_MS = 10_000;

type Undici = typeof import("./undici.ts");
let undici: Promise<Undici> | undefined;

/** Loaded by the first request: a daemon that pulls nothing does without. */
const loadUndici = (): Promise<Undici> => (undici ??= import("./undici.ts"));

/** Connections under one set of settings: HTTP/1.1, pooled per origin, each made when it is needed. */
export class Transport implements AsyncDisposable {
  readonly #settings: TransportSettings;
  readonly #proxied = new Map<string, ProxyAgent>();
  #direct: Agent | undefined;
  #closed = false;
  /** Hosts that were found to speak plain HTTP although https was asked for. */
  readonly plainHosts: Set<string> = new Set();
  #context: SecureContext | undefined;

  constructor(settings: TransportSettings) {
    this.#settings = settings;
  }

  /** Whether an `https` that fails may be tried as `http`. */
  get plainFallback(): boolean {
    return this.#settings.plainFallback;
  }

  /** What carries requests to `url`: directly, or through the proxy that the settings name for it. @throws Error after disposal. */
  async dispatcherFor(url: URL): Promise<Dispatcher> {
    const loaded = await loadUndici();
    if (this.#closed) throw new Error("the connections are closed");
    const uri = proxyFor(url, this.#settings.proxy);
    if (uri === undefined) return (this.#direct ??= this.#directAgent(loaded));
    const key = `${url.protocol} ${uri}`;
    let agent = this.#proxied.get(key);
    if (agent === undefined) this.#proxied.set(key, (agent = this.#proxyAgent(loaded, url, uri)));
    return agent;
  }

  #directAgent({ Agent, buildConnector: connector }: Undici): Agent {
    const timeout = this.#settings.dialTimeoutMs;
    const plain = connector({ timeout });
    let secure: buildConnector.connector | undefined;
    return new Agent({
      ...this.#poolOptions(),
      connect: (options, callback) => {
        if (options.protocol !== "https:") return plain(options, callback);
        // Certificates are read when the first connection needs them: plain HTTP never does.
        secure ??= connector({ timeout, ...this.#tls() });
        secure(options, callback);
      },
    });
  }

  #proxyAgent({ ProxyAgent }: Undici, url: URL, uri: string): ProxyAgent {
    return new ProxyAgent({
      ...this.#poolOptions(),
      uri,
      // Plain requests go to the proxy as such; only https needs a tunnel.
      proxyTunnel: url.protocol === "https:",
      proxyTls: { timeout: this.#settings.dialTimeoutMs },
      ...(url.protocol === "https:" && { requestTls: this.#tls() }),
    });
  }

  #poolOptions(): Agent.Options {
    const { stallTimeoutMs } = this.#settings;
    return {
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      headersTimeout: stallTimeoutMs,
      bodyTimeout: stallTimeoutMs,
    };
  }

  #tls(): { secureContext: SecureContext; rejectUnauthorized: boolean } {
    // One context for all connections: parsing some hundred certificates takes milliseconds each time.
    this.#context ??= secureContext(this.#settings);
    return { secureContext: this.#context, rejectUnauthorized: !this.#settings.skipVerify };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const agents = [...this.#proxied.values(), ...(this.#direct === undefined ? [] : [this.#direct])];
    await Promise.all(agents.map((agent) => agent.destroy()));
  }
}

function secureContext({ ca, client, skipVerify }: TransportSettings): SecureContext {
  const pairs = client.length > 0 && {
    cert: client.map(({ cert }) => cert),
    key: client.map(({ key }) => key),
  };
  if (skipVerify) return createSecureContext({ ...pairs });
  return createSecureContext({ ...pairs, ca: [...machineCertificates(), ...ca] });
}

let machine: readonly string[] | undefined;

/** Node's authorities and those that the machine's administrator installed, which Node alone would not trust. */
function machineCertificates(): readonly string[] {
  machine ??= [...new Set([...getCACertificates("default"), ...getCACertificates("system")])];
  return machine;
}

/** The transports of a thread, one for each set of settings in use. */
export class Transports implements AsyncDisposable {
  readonly #byKey = new Map<string, Transport>();

  /** The transport for `settings`; the same for equal settings. */
  get(settings: TransportSettings): Transport {
    const key = JSON.stringify(settings);
    let transport = this.#byKey.get(key);
    if (transport === undefined) this.#byKey.set(key, (transport = new Transport(settings)));
    return transport;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const transports = [...this.#byKey.values()];
    this.#byKey.clear();
    await Promise.all(transports.map((transport) => transport[Symbol.asyncDispose]()));
  }
}
