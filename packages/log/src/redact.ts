/** What stands in place of a secret. */
export const redacted: string = "[redacted]";

/** Names, without case and separators, whose values are secrets. */
const SECRET =
  /^(?:x?registry|x?identity|x?access|x?refresh|x?bearer|x?session|x?amzsecurity)?token$|^pass(?:word|wd|phrase)$|secret|^(?:proxy|x?registry)?auth(?:orization)?$|cookie|^credentials?$|^(?:x?api|private)key$|signature$/;

/** Whether the value of a field, header or query parameter of this name is a secret. */
export const isSecretName = (name: string): boolean =>
  SECRET.test(name.toLowerCase().replace(/[^a-z0-9]/g, ""));

/** Headers, fit to be logged: `authorization`, cookies and their like without their values. */
export function redactHeaders<V>(headers: Readonly<Record<string, V>>): Record<string, V | string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, isSecretName(name) ? redacted : value]),
  );
}

/** A URL, fit to be logged: without user and password, and without the values of secret query parameters. */
export function redactUrl(url: string): string {
  if (!URL.canParse(url)) return url.replace(/\/\/[^/?#]*@/, "//").replace(/[?#].*$/s, "");
  const parsed = new URL(url);
  parsed.username = parsed.password = "";
  for (const name of new Set(parsed.searchParams.keys()))
    if (isSecretName(name) || /^sig$/i.test(name)) parsed.searchParams.set(name, redacted);
  return parsed.href.replaceAll(encodeURIComponent(redacted), redacted);
}
