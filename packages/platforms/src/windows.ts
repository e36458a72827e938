/** Windows Server 2022: from here on a host runs images of earlier builds, down to this one. */
const FIRST_STABLE_ABI = 20_348;

/** Whether an image for Windows version `image` runs on `host`; a version that is not told always fits. */
export function windowsVersionFits(host: string = "", image: string = ""): boolean {
  const [ours, theirs] = [parseVersion(host), parseVersion(image)];
  if (ours === undefined || theirs === undefined) return true;
  if (ours.release !== theirs.release) return false;
  if (ours.build === theirs.build) return true;
  return theirs.build >= FIRST_STABLE_ABI && theirs.build < ours.build;
}

/** `10.0.17763.1` is release `10.0`, build 17763; undefined for what is no version. */
function parseVersion(text: string): { release: string; build: number } | undefined {
  const found = /^(\d+\.\d+)\.(\d+)/.exec(text);
  return found === null ? undefined : { release: found[1] ?? "", build: Number(found[2]) };
}
