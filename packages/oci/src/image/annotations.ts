// Annotations that have a meaning to containerd and its clients.

/** On an entry of an index: the full name of the image. */
export const ANNOTATION_IMAGE_NAME = "io.containerd.image.name";
/** On an entry of an index: the tag, or whatever the producer calls the image (OCI image-spec v1.1 annotations.md). */
export const ANNOTATION_REF_NAME = "org.opencontainers.image.ref.name";
/** On a referrer: the digest of the manifest that it is about. */
export const ANNOTATION_MANIFEST_SUBJECT = "io.containerd.manifest.subject";
/** Internal to imports: what the reference was made from. */
export const ANNOTATION_IMPORT_REF_SOURCE = "io.containerd.import.ref-source";
