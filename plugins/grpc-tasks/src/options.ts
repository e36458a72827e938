import {
  CheckpointOptionsSchema,
  OptionsSchema,
  type CheckpointOptions,
  type Options,
} from "@davit/api/runc";
import { UnknownError, wireMessage } from "@davit/errdefs";
import { isAnyOf, unpackAny, type Any } from "@davit/typeurl";

/** The media type of a checkpoint in the content store. */
export const CHECKPOINT_MEDIA_TYPE = "application/vnd.containerd.container.criu.checkpoint.criu.tar";

/**
 * The options a task is created with. The daemon itself reads those of runc alone.
 * @throws UnknownError `type with url <u>: not found`, or `invalid task create option for <runtime>` for a type that is known.
 */
export async function createOptions(runtime: string, any: Any): Promise<Options> {
  if (!isAnyOf(any, OptionsSchema)) throw await refusal(any, `invalid task create option for ${runtime}`);
  return decoded(() => unpackAny(any, OptionsSchema));
}

/** As {@link createOptions}, for a checkpoint. */
export async function checkpointOptions(runtime: string, any: Any): Promise<CheckpointOptions> {
  if (!isAnyOf(any, CheckpointOptionsSchema))
    throw await refusal(any, `invalid task checkpoint option for ${runtime}`);
  return decoded(() => unpackAny(any, CheckpointOptionsSchema));
}

async function refusal({ typeUrl }: Any, otherwise: string): Promise<Error> {
  const { allTypes } = await import("@davit/api"); // every message there is: only to say what is wrong
  const known = allTypes.getMessage(typeUrl.slice(typeUrl.lastIndexOf("/") + 1)) !== undefined;
  return new UnknownError(known ? otherwise : `type with url ${typeUrl}: not found`);
}

/** Bytes that are no value of their type are no invalid argument to containerd either. */
function decoded<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw new UnknownError(wireMessage(error), { bare: true });
  }
}
