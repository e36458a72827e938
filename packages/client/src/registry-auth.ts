import { create } from "@bufbuild/protobuf";
import {
  AuthRequestSchema,
  AuthResponseSchema,
  AuthType,
  type AuthRequest,
  type AuthResponse,
} from "@davit/api/transfer";
import { packAny, unpackAny } from "@davit/typeurl";
import type { MessageStream } from "./message-stream.ts";

/** Who pulls: a name and a password, a refresh token, or a value for the Authorization header. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  | { readonly refreshToken: string }
  | { readonly header: string };

/** What a registry asks for credentials about. */
export interface CredentialsRequest {
  /** `host[:port]`. */
  readonly host: string;
  readonly reference: string;
}

/** Credentials, or how to find those of a host; undefined is anonymous. */
export type CredentialsSource =
  | Credentials
  | ((request: CredentialsRequest) => Credentials | undefined | Promise<Credentials | undefined>);

/** Answers the daemon's questions on a stream until it ends. */
export async function answerAuth(stream: MessageStream, source: CredentialsSource): Promise<void> {
  for await (const message of stream) {
    const request: AuthRequest = unpackAny(message, AuthRequestSchema);
    const { host, reference } = request;
    const credentials = typeof source === "function" ? await source({ host, reference }) : source;
    stream.send(packAny(AuthResponseSchema, create(AuthResponseSchema, answerOf(credentials))));
  }
}

function answerOf(
  credentials: Credentials | undefined,
): Partial<Omit<AuthResponse, "$typeName" | "$unknown">> {
  if (credentials === undefined) return { authType: AuthType.NONE };
  if ("header" in credentials) return { authType: AuthType.HEADER, secret: credentials.header };
  if ("refreshToken" in credentials) return { authType: AuthType.REFRESH, secret: credentials.refreshToken };
  const { username, password } = credentials;
  return { authType: AuthType.CREDENTIALS, username, secret: password };
}
