import { pipeline, type Readable } from "node:stream";
import { createGunzip, createInflate, createZstdDecompress } from "node:zlib";
import { NotImplementedError } from "@davit/errdefs";

/** What is offered to servers, as containerd does. */
export const ACCEPT_ENCODING = "zstd;q=1.0, gzip;q=0.8, deflate;q=0.5";

/** Whether a Content-Encoding leaves the bytes as they are. */
export const isIdentity = (encoding: string | undefined): boolean => codingsOf(encoding).length === 0;

/**
 * Undoes a Content-Encoding, which may name several codings, the last applied last.
 * @throws NotImplementedError of one that is unknown; then the body is destroyed.
 */
export function decoded(body: Readable, encoding: string | undefined): Readable {
  const codings = codingsOf(encoding);
  let decoders: (Readable & NodeJS.WritableStream)[];
  try {
    decoders = codings.toReversed().map(decoderOf);
  } catch (err) {
    body.on("error", () => {}).destroy();
    throw err;
  }
  const last = decoders.at(-1);
  if (last === undefined) return body;
  // An error anywhere destroys the last stream with it, whose reader then sees it.
  pipeline([body, ...decoders], () => {});
  return last;
}

const codingsOf = (encoding = ""): string[] =>
  encoding
    .split(",")
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== "" && coding !== "identity");

function decoderOf(coding: string): Readable & NodeJS.WritableStream {
  switch (coding) {
    case "gzip":
    case "x-gzip":
      return createGunzip();
    case "deflate":
      return createInflate();
    case "zstd":
      return createZstdDecompress();
    default:
      throw new NotImplementedError(`unsupported Content-Encoding ${JSON.stringify(coding)}`);
  }
}
