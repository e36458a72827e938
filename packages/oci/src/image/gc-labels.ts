import { encodedOf } from "@davit/digest";
import { LABEL_GC_REF_CONFIG, LABEL_GC_REF_CONTENT } from "@davit/labels";
import { ANNOTATION_MANIFEST_SUBJECT } from "./annotations.ts";
import type { Descriptor } from "./descriptor.ts";
import { isKnownConfig, isLayerType, isManifestType } from "./media-types.ts";

/** Hex digits of a referrer's digest in its label: it keeps its key whatever comes before it. */
const REFERRER_DIGITS = 12;

/**
 * The labels by which a blob keeps its children from collection: `containerd.io/gc.ref.content.l.0` and so on, each with
 * the child's digest. Numbers count per prefix (containerd core/images, ChildGCLabels).
 */
export function childGcLabels(children: readonly Descriptor[]): Record<string, string> {
  const counts = new Map<string, number>();
  const labels: Record<string, string> = {};
  for (const child of children) {
    const prefix = prefixOf(child);
    const count = counts.get(prefix) ?? 0;
    counts.set(prefix, count + 1);
    labels[keyOf(prefix, child, count)] = child.digest;
  }
  return labels;
}

const REFERRER_PREFIX = `${LABEL_GC_REF_CONTENT}.referrer.sha256.`;

function prefixOf({ mediaType, annotations }: Descriptor): string {
  if (annotations?.[ANNOTATION_MANIFEST_SUBJECT] !== undefined) return REFERRER_PREFIX;
  if (isKnownConfig(mediaType)) return LABEL_GC_REF_CONFIG;
  if (isManifestType(mediaType)) return `${LABEL_GC_REF_CONTENT}.m.`;
  return isLayerType(mediaType) ? `${LABEL_GC_REF_CONTENT}.l.` : `${LABEL_GC_REF_CONTENT}.`;
}

function keyOf(prefix: string, child: Descriptor, count: number): string {
  if (prefix === REFERRER_PREFIX) return prefix + encodedOf(child.digest).slice(0, REFERRER_DIGITS);
  return prefix.endsWith(".") || count > 0 ? `${prefix}${count}` : prefix;
}
