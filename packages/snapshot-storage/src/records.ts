import type { Kind } from "@davit/snapshots";
import { NotFoundError } from "@davit/errdefs";

/** A snapshot as it lies in the database. */
export interface Record {
  /** Decimal number, the name of its directory. */
  readonly id: string;
  readonly kind: Kind;
  readonly parent: string;
  readonly createdAt: bigint;
  readonly updatedAt: bigint;
  readonly labels: Readonly<{ [key: string]: string }>;
  readonly sizeBytes: bigint;
  readonly inodes: bigint;
}

/*
 * Schema 1. Values are JSON, numbers of 64 bits as decimal text.
 *   schema               1
 *   sequence             the last id given
 *   s/<key>              Record
 *   c/<parent>/<child>   a child; the parent is percent-encoded, so that the first slash after it ends it
 */
export const SCHEMA = "1";
export const schemaKey = "schema";
export const sequenceKey = "sequence";
export const snapshotKey = (key: string): string => `s/${key}`;
export const SNAPSHOTS = { gte: "s/", lt: "s0" } as const;
export const childKey = (parent: string, child: string): string => `c/${encodeURIComponent(parent)}/${child}`;
export const childrenOf = (parent: string): { readonly gte: string; readonly lt: string } => ({
  gte: `c/${encodeURIComponent(parent)}/`,
  lt: `c/${encodeURIComponent(parent)}0`,
});

export function encode(record: Record): string {
  return JSON.stringify(record, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
}

export function decode(text: string): Record {
  const { id, kind, parent, createdAt, updatedAt, labels, sizeBytes, inodes } = JSON.parse(text) as {
    [K in keyof Record]: Record[K] extends bigint ? string : Record[K];
  };
  const numbers = { createdAt: BigInt(createdAt), updatedAt: BigInt(updatedAt) };
  return { id, kind, parent, labels, ...numbers, sizeBytes: BigInt(sizeBytes), inodes: BigInt(inodes) };
}

export const notFound = (key: string): NotFoundError => new NotFoundError(`snapshot ${key} does not exist`);
