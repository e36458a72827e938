/** How to prove who is asking; see `AuthResponse` of containerd's transfer API. */
export type Credentials =
  | { readonly username: string; readonly secret: string }
  /** An identity token, exchanged for access tokens. */
  | { readonly refreshToken: string }
  /** A whole value of Authorization. */
  | { readonly header: string };

/**
 * Called when `host` (`name[:port]`; Docker's is `registry-1.docker.io`) asks who it is talking to. Undefined is anonymous.
 * `challenges` are the values of its WWW-Authenticate.
 */
export type CredentialsProvider = (
  host: string,
  challenges: readonly string[],
) => Promise<Credentials | undefined> | Credentials | undefined;

/** `Basic …` for a name and a secret. */
export const basic = (username: string, secret: string): string =>
  `Basic ${Buffer.from(`${username}:${secret}`).toString("base64")}`;
