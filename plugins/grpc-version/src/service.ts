import { Version } from "@davit/api/services/version";
import { implement, type ServiceImplementation } from "@davit/server";

/** The property by which the host program tells plugins its version, such as `1.2.3`. */
export const VERSION_PROPERTY = "davit.version";
/** The property by which it tells the commit it was built from. */
export const REVISION_PROPERTY = "davit.revision";

/** What the service answers. Clients print it, and some compare it with versions of containerd. */
export interface DaemonVersion {
  readonly version: string;
  readonly revision: string;
}

/** The version service. It needs no namespace. */
export const versionService = ({ version, revision }: DaemonVersion): ServiceImplementation =>
  implement(Version, { version: async () => ({ version, revision }) });
