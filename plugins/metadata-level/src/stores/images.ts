import { AlreadyExistsError, InvalidArgumentError, NotFoundError, quote, wireMessage } from "@davit/errdefs";
import { parseDigest } from "@davit/digest";
import { ImageCreateSchema, ImageDeleteSchema, ImageUpdateSchema } from "@davit/api/events";
import type { Adaptor } from "@davit/filters";
import { fieldAdaptor } from "@davit/filters";
import type { Image, ImageStore, ImageWriteOptions, NewImage } from "@davit/images";
import { copyLabels, LABEL_GC_EXPIRE, mapKeyOf, updateLabels, validateLabels } from "@davit/labels";
import { requireNamespace, type CallOptions } from "@davit/namespaces";
import type { Descriptor } from "@davit/oci";
import { now } from "@davit/time";
import type { Transaction } from "../db/overlay.ts";
import { imageTable } from "../records/image.ts";
import { addToLease, removeFromLease } from "../records/leased.ts";
import { deleteRecord, getRecord, listRecords, putRecord } from "../records/table.ts";
import { parseListFilters, publish, type StoreContext } from "./context.ts";
import { requireLabelKeys, sentLabels } from "./sent-labels.ts";

const notFound = (name: string): NotFoundError => new NotFoundError(`image ${quote(name)}`);

/** Images of each namespace (containerd core/metadata images.go). */
export class LevelImages implements ImageStore {
  readonly #context: StoreContext;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  async get(name: string, options: CallOptions): Promise<Image> {
    const namespace = requireNamespace(options);
    const image = await getRecord(this.#context.database, imageTable, [namespace], name);
    if (image === undefined) throw notFound(name);
    return image;
  }

  async *list(
    options: CallOptions & { readonly filters?: readonly string[] | undefined },
  ): AsyncGenerator<Image> {
    const namespace = requireNamespace(options);
    const matches = parseListFilters(options.filters);
    for await (const image of listRecords(this.#context.database, imageTable, [namespace])) {
      options.signal?.throwIfAborted();
      if (matches(adaptorOf(image))) yield image;
    }
  }

  async create(image: NewImage, options: CallOptions & ImageWriteOptions): Promise<Image> {
    const namespace = requireNamespace(options);
    validateImage(image);
    const createdAt = options.sourceDateEpoch ?? now();
    const created = { ...stored(image), createdAt, updatedAt: createdAt };
    await this.#context.updates.update(async (tx) => {
      await leaseExpiring(tx, created, options);
      if ((await getRecord(tx, imageTable, [namespace], image.name)) !== undefined)
        throw new AlreadyExistsError(`image ${quote(image.name)}`);
      requireKeys(image);
      await putRecord(tx, imageTable, [namespace], image.name, created);
    }, options.signal);
    const { name, labels } = created;
    await publish(this.#context, namespace, "/images/create", ImageCreateSchema, { name, labels });
    return created;
  }

  async update(
    image: NewImage,
    options: CallOptions & ImageWriteOptions & { readonly fieldpaths?: readonly string[] | undefined },
  ): Promise<Image> {
    const namespace = requireNamespace(options);
    const { name } = image;
    if (name === "") throw new InvalidArgumentError("image name is required for update");
    const updated = await this.#context.updates.update(async (tx) => {
      const current = await getRecord(tx, imageTable, [namespace], name);
      if (current === undefined) throw notFound(name);
      const masked = masks(current, image, options.fieldpaths ?? []);
      const sent = sentLabels(image.labels, options.fieldpaths);
      validateImage({ ...masked, labels: { ...masked.labels, ...sent } });
      requireKeys({ ...masked, labels: sent });
      const { createdAt } = current;
      const next = { ...stored(masked), createdAt, updatedAt: options.sourceDateEpoch ?? now() };
      await leaseExpiring(tx, next, options);
      await putRecord(tx, imageTable, [namespace], name, next, current);
      return next;
    }, options.signal);
    const { labels } = updated;
    await publish(this.#context, namespace, "/images/update", ImageUpdateSchema, { name, labels });
    return updated;
  }

  async delete(name: string, options: CallOptions & { readonly target?: string | undefined }): Promise<void> {
    const namespace = requireNamespace(options);
    await this.#context.updates.update(async (tx) => {
      const current = await getRecord(tx, imageTable, [namespace], name);
      if (current === undefined) throw notFound(name);
      const { digest } = current.target;
      if (options.target && options.target !== digest)
        throw new NotFoundError(`image ${quote(name)} has target ${digest}, not ${options.target}`);
      deleteRecord(tx, imageTable, [namespace], name, current);
      removeFromLease(tx, options, "images", name);
    }, options.signal);
    await publish(this.#context, namespace, "/images/delete", ImageDeleteSchema, { name });
  }
}

/** A lease keeps images only if they can expire: the others are roots themselves. */
async function leaseExpiring(tx: Transaction, { name, labels }: Image, options: CallOptions): Promise<void> {
  if (labels[LABEL_GC_EXPIRE] !== undefined) await addToLease(tx, options, "images", name);
}

function masks(current: Image, image: NewImage, fieldpaths: readonly string[]): NewImage {
  if (fieldpaths.length === 0) return image;
  let { labels, target } = current;
  for (const path of fieldpaths) {
    if (path === "target") target = image.target;
    else if (path === "labels" || mapKeyOf(path, "labels") !== undefined)
      labels = updateLabels(labels, image.labels, [path]);
    else if (path === "annotations" || mapKeyOf(path, "annotations") !== undefined) {
      const annotations = updateLabels(
        target.annotations ?? {},
        image.target.annotations ?? {},
        [path],
        "annotations",
      );
      target = { ...target, annotations };
    } else {
      const what = `cannot update ${quote(path)} field on image ${quote(image.name)}`;
      throw new InvalidArgumentError(what);
    }
  }
  return { name: image.name, labels, target };
}

/** What is kept of an image: of the target digest, media type, size and annotations, and no empty values. */
function stored({ name, labels, target }: NewImage): NewImage {
  const { mediaType, digest, size, annotations = {} } = target;
  return {
    name,
    labels: copyLabels(labels),
    target: { mediaType, digest, size, annotations: copyLabels(annotations) },
  };
}

/** @throws UnknownError of a label or an annotation without a key. */
function requireKeys({ name, labels, target }: NewImage): void {
  requireLabelKeys(labels, `writing labels for image ${name}`);
  requireLabelKeys(target.annotations ?? {}, `writing Annotations for image ${name}`);
}

function validateImage({ name, labels, target }: NewImage): void {
  if (name === "") throw new InvalidArgumentError("image name must not be empty");
  validateLabels(labels, "image.Labels");
  validateTarget(target);
}

function validateTarget({ digest, size, mediaType }: Descriptor): void {
  try {
    parseDigest(digest);
  } catch (cause) {
    throw new InvalidArgumentError(
      `target.Digest ${quote(digest)} invalid: ${wireMessage(cause)}: invalid argument`,
      { bare: true, cause },
    );
  }
  if (size <= 0) throw new InvalidArgumentError("target.Size must be greater than zero");
  if (mediaType === "") throw new InvalidArgumentError("target.MediaType must be set");
}

const adaptorOf = ({ name, labels, target }: Image): Adaptor => {
  const { digest, mediaType, annotations = {} } = target;
  const fields = fieldAdaptor({ name, labels, annotations, target: { digest, mediatype: mediaType } });
  return ([first = "", ...rest]) =>
    // Beneath `target` only the first name counts, as in containerd.
    fields(first === "target" ? [first, ...rest.slice(0, 1)] : [first, ...rest]);
};
