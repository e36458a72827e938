/** Labels (or annotations) of an object. A label whose value is `""` is never stored. */
export type Labels = Readonly<Record<string, string>>;

/** A copy without the labels whose value is empty: what is stored of labels that a client sends. */
export const copyLabels = (labels: Labels): Record<string, string> =>
  // fromEntries defines own properties, so that a label named `__proto__` is one like any other.
  Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ""));

/** `current` with `changes` laid over it; an empty value in `changes` deletes the label. */
export const mergeLabels = (current: Labels, changes: Labels): Record<string, string> =>
  copyLabels(Object.fromEntries([...Object.entries(current), ...Object.entries(changes)]));
