import { isDigest, parseDigest } from "@davit/digest";
import { InvalidArgumentError, quote } from "@davit/errdefs";

const DOMAIN_PART = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const DOMAIN = new RegExp(`^(?:${DOMAIN_PART}(?:\\.${DOMAIN_PART})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);
const PATH_PART = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;

/** The longest repository, in characters, without the domain. */
const MAX_REPOSITORY = 255;

/**
 * The full reference for a name as people type it to Docker: `alpine` is `docker.io/library/alpine:latest`
 * (distribution/reference normalize.go). For clients: the daemon takes references as they are.
 * @throws InvalidArgumentError when Docker would refuse the name.
 */
export function normalizeDockerReference(name: string): string {
  if (/^[a-f0-9]{64}$/.test(name))
    throw new InvalidArgumentError(
      `invalid repository name (${name}), cannot specify 64-byte hexadecimal strings`,
    );
  const { domain, repository, tag, digest } = split(name);
  if (repository !== repository.toLowerCase())
    throw new InvalidArgumentError(
      `invalid reference format: repository name (${repository}) must be lowercase`,
    );
  const fits =
    DOMAIN.test(domain) &&
    repository.split("/").every((part) => PATH_PART.test(part)) &&
    (tag === undefined || TAG.test(tag)) &&
    (digest === undefined || /^[A-Za-z][A-Za-z0-9+._-]*:[0-9a-fA-F]{32,}$/.test(digest));
  if (!fits) throw new InvalidArgumentError(`invalid reference format: ${quote(name)}`);
  if (repository.length > MAX_REPOSITORY)
    throw new InvalidArgumentError(`repository name must not be more than ${MAX_REPOSITORY} characters`);
  if (digest !== undefined) parseDigest(digest);
  return `${domain}/${repository}${objectOf(tag, digest)}`;
}

/** The short form that `normalizeDockerReference` reads back: without `docker.io/` and `library/`. */
export function familiarDockerReference(reference: string): string {
  const [, object = ""] = /^docker\.io\/(?:library\/(?=[^/]*$))?(.*)$/s.exec(reference) ?? [];
  return object === "" || isAmbiguous(object) ? reference : object;
}

/** Whether a name without its domain would be read as one with another domain, or as an image's id. */
const isAmbiguous = (name: string): boolean =>
  split(name).domain !== "docker.io" || /^[a-f0-9]{64}$/.test(name);

interface Parts {
  readonly domain: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

function split(name: string): Parts {
  const [, first = "", rest = ""] = /^([^/]*)\/(.*)$/s.exec(name) ?? [];
  // A first part is a domain when it could be no name: it has a dot, a port or capitals.
  const hasDomain =
    first !== "" && (/[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase());
  const domain = !hasDomain || first === "index.docker.io" ? "docker.io" : first;
  const [, path = "", tag, digest] = /^([^:@]*)(?::([^@]*))?(?:@(.*))?$/s.exec(hasDomain ? rest : name) ?? [];
  return {
    domain,
    repository: domain === "docker.io" && !path.includes("/") ? `library/${path}` : path,
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
  };
}

function objectOf(tag: string | undefined, digest: string | undefined): string {
  if (tag === undefined && digest === undefined) return ":latest";
  return (
    (tag === undefined ? "" : `:${tag}`) + (digest !== undefined && isDigest(digest) ? `@${digest}` : "")
  );
}
