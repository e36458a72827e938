import { create } from "@bufbuild/protobuf";
import { AuthRequestSchema, AuthResponseSchema, AuthType, type AuthResponse } from "@davit/api/transfer";
import { UnavailableError } from "@davit/errdefs";
import type { Stream } from "@davit/streaming";
import type { AskCredentials, CredentialsRequest, RegistryCredentials } from "@davit/transfer";
import { packAny, unpackAny } from "@davit/typeurl";

/**
 * Asks the client for credentials over its stream, one question after the other (containerd core/transfer/registry). The
 * stream stays the client's.
 */
export function askOver(stream: Stream, signal: AbortSignal | undefined): AskCredentials {
  let last: Promise<unknown> = Promise.resolve();
  return (request) => {
    const answer = last.then(() => answered(stream, request, signal));
    last = answer.catch(() => {});
    return answer;
  };
}

/** A client that does not answer cannot be waited for longer than the call lasts. */
async function answered(
  stream: Stream,
  request: CredentialsRequest,
  signal: AbortSignal | undefined,
): Promise<RegistryCredentials | undefined> {
  signal?.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  const answer = ask(stream, request);
  try {
    return await Promise.race([answer, aborted.promise]);
  } finally {
    signal?.removeEventListener("abort", abort);
    answer.catch(() => {});
  }
}

async function ask(
  stream: Stream,
  { host, reference, challenges }: CredentialsRequest,
): Promise<RegistryCredentials | undefined> {
  const question = create(AuthRequestSchema, { host, reference, wwwauthenticate: [...challenges] });
  const sent = stream.send(packAny(AuthRequestSchema, question));
  const received = stream.recv();
  // The answer says as well that the question has been sent.
  const message = await Promise.race([received, sent.then(() => received)]);
  if (message === undefined) throw new UnavailableError("the client has closed the stream of credentials");
  return credentialsOf(unpackAny(message, AuthResponseSchema));
}

function credentialsOf({ authType, secret, username }: AuthResponse): RegistryCredentials | undefined {
  switch (authType) {
    case AuthType.CREDENTIALS:
      return { username, secret };
    case AuthType.REFRESH:
      return { refreshToken: secret };
    case AuthType.HEADER:
      return { header: secret };
    default:
      return undefined;
  }
}
