// How a layer says that something of the layers below is gone (OCI image-spec v1.1 layer.md, "Whiteouts").
import { InvalidArgumentError } from "@davit/errdefs";
import { display, type ByteString } from "./tar-entry.ts";

const PREFIX = ".wh.";
const META_PREFIX = ".wh..wh.";
const OPAQUE = ".wh..wh..opq";

/** What a member's name means beyond itself. */
export type Whiteout =
  | { readonly kind: "none" }
  /** The directory hides all that the layers below have in it. */
  | { readonly kind: "opaque" }
  /** The name is gone. */
  | { readonly kind: "remove"; readonly name: ByteString }
  /** Book-keeping of AUFS, which no image means. */
  | { readonly kind: "ignore" };

/** Reads the name of a member, split into its parts. @throws InvalidArgumentError when a whiteout would name its own directory or one above. */
export function whiteoutOf(parts: readonly ByteString[]): Whiteout {
  const base = parts.at(-1) ?? "";
  if (parts.slice(0, -1).some((part) => part.startsWith(META_PREFIX))) return { kind: "ignore" };
  if (base === OPAQUE) return { kind: "opaque" };
  if (base.startsWith(META_PREFIX)) return { kind: "ignore" };
  if (!base.startsWith(PREFIX)) return { kind: "none" };
  const name = base.slice(PREFIX.length);
  if (name === "" || name === "." || name === "..")
    throw new InvalidArgumentError(`invalid whiteout name: ${display(base)}`);
  return { kind: "remove", name };
}
