import { Content, WriteAction } from "@davit/api/services/content";
import { callsOf, type Call, type CaseOptions } from "./case.ts";
import type { Blob } from "./samples.ts";

/** A Write that stores a blob at once. */
export const write = (
  { digest, size, data }: Blob,
  options: CaseOptions & { readonly labels?: Readonly<Record<string, string>> } = {},
): Call =>
  callsOf(Content).write(
    [
      {
        action: WriteAction.COMMIT,
        ref: digest,
        total: size,
        expected: digest,
        data,
        labels: { ...options.labels },
      },
    ],
    options,
  );
