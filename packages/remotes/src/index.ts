/** Registry client: resolve, fetch, authenticate, hosts.toml. @packageDocumentation */
export { Authorizer, type AuthorizerOptions, type Refusal } from "./auth/authorizer.ts";
export { parseChallenges, type Challenge } from "./auth/challenge.ts";
export { basic, type Credentials, type CredentialsProvider } from "./auth/credentials.ts";
export { pullScope, pushScope } from "./auth/scope.ts";
export { systemClock, type Clock } from "./clock.ts";
export { dockerCredentials, type DockerCredentialsOptions } from "./docker-config.ts";
export type { BlobSink, FetchBlobOptions, FetchedBlob } from "./fetch/fetch-blob.ts";
export type { FetchOptions } from "./fetch/fetch-bytes.ts";
export { FetchPool, sharedFetchPool, type FetchPoolOptions } from "./fetch-pool.ts";
export { parseHostsToml } from "./hosts/hosts-toml.ts";
export {
  CAPABILITIES,
  type Capability,
  type ClientFiles,
  type HeaderLists,
  type HostEntry,
  type RegistryHost,
} from "./hosts/registry-host.ts";
export { registryHosts, type RegistryHosts, type RegistryHostsOptions } from "./hosts/registry-hosts.ts";
export { AuthorizationError, RegistryStatusError } from "./http/errors.ts";
export type { Headers } from "./http/message.ts";
export { proxyFromEnvironment, type ProxySettings } from "./http/proxy.ts";
export { transportSettings, type ClientPair, type TransportSettings } from "./http/settings.ts";
export type { RemotesLog } from "./log.ts";
export { Registry } from "./registry.ts";
export type { RegistryOptions } from "./registry-client.ts";
export { MAX_MANIFEST_BYTES, type Resolved } from "./resolve.ts";
