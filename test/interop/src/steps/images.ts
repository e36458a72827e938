import { mkdir } from "node:fs/promises";
import { local, type Scenarios } from "./context.ts";

/** Pulls, and what is done with images that are there. */
export const images: Scenarios = {
  "an image is pulled by the client": async ({ ctr }, context) => {
    const [fresh = ""] = context.fresh;
    await ctr("images", "pull", "--plain-http", ...local(context), fresh);
    await ctr("images", "pull", "--plain-http", ...local(context), fresh);
    await ctr("images", "ls", `name==${fresh}`);
    await ctr("images", "check", `name==${fresh}`);
    await ctr("content", "ls");
  },
  "an image is pulled as the release does it": async ({ ctr }, context) => {
    const [, fresh = ""] = context.fresh;
    await ctr("images", "pull", "--plain-http", "--label", "pulled=yes", fresh);
    await ctr("images", "pull", "--plain-http", fresh);
    await ctr("images", "ls", `name==${fresh}`);
    await ctr("images", "check", `name==${fresh}`);
    await ctr("content", "ls");
    await ctr("snapshots", "ls");
    await ctr("snapshots", "tree");
  },
  "an image is pulled for another snapshotter, and for all platforms": async ({ ctr }, context) => {
    const [, , fresh = ""] = context.fresh;
    await ctr("images", "pull", "--plain-http", ...local(context), "--snapshotter", "native", fresh);
    await ctr("snapshots", "--snapshotter", "native", "ls");
    await ctr("snapshots", "--snapshotter", "native", "tree");
    await ctr("images", "pull", "--plain-http", ...local(context), "--all-platforms", context.image);
    await ctr("images", "check", `name==${context.image}`);
    await ctr("images", "check", "--snapshotter", "native", `name==${fresh}`);
  },
  "pulls that cannot be done say why": async ({ ctr }, context) => {
    const absent = context.image.replace(/:[^:]*$/, ":absent");
    await ctr("images", "pull", "--plain-http", ...local(context), absent);
    await ctr(
      "images",
      "pull",
      "--plain-http",
      ...local(context),
      "--platform",
      "linux/s390x",
      context.image,
    );
    await ctr("images", "pull", "--plain-http", ...local(context), "busybox:1");
    await ctr("images", "pull", "--plain-http", ...local(context), "--snapshotter", "absent", context.image);
    await ctr("images", "ls");
    if (!context.generation.isTwo) return;
    await ctr("images", "pull", "--plain-http", absent);
    await ctr("images", "pull", "--plain-http", "--platform", "linux/s390x", context.image);
    await ctr("images", "pull", "--plain-http", "busybox:1");
    await ctr("images", "pull", "--plain-http", "--snapshotter", "absent", context.image);
    await ctr("images", "ls");
  },
  "images are listed, checked, tagged, labelled and removed": async ({ ctr }, context) => {
    const { image } = context;
    await ctr("images", "ls");
    await ctr("images", "ls", "-q");
    await ctr("images", "ls", "name~=busybox");
    await ctr("images", "ls", "name==absent");
    await ctr("images", "ls", "name=");
    await ctr("images", "check", `name==${image}`);
    await ctr("images", "check", "-q", `name==${image}`);
    await ctr("images", "tag", image, "docker.io/library/tagged:1", "tagged:2");
    await ctr("images", "tag", image, "docker.io/library/tagged:1");
    await ctr("images", "tag", "--force", image, "docker.io/library/tagged:1");
    await ctr("images", "tag", "absent:1", "tagged:3");
    await ctr("images", "label", "tagged:2", "a=b", "c=d");
    await ctr("images", "label", "tagged:2", "a=");
    await ctr("images", "label", "--replace-all", "tagged:2", "e=f");
    await ctr("images", "label", "absent:1", "e=f");
    await ctr("images", "label", "tagged:2", `e=${"x".repeat(4096)}`);
    await ctr("images", "ls", "name~=tagged");
    await ctr("images", "ls", 'labels."e"==f');
    await ctr("images", "rm", "tagged:2", "absent:1");
    await ctr("images", "rm", "docker.io/library/tagged:1");
    await ctr("images", "ls", "-q");
  },
  "an image is mounted and unmounted": async ({ ctr, path }, context) => {
    const target = path("image-mount");
    await mkdir(target);
    await ctr("images", "mount", "--platform", "linux/amd64", context.image, target);
    await ctr("snapshots", "ls");
    await ctr("images", "unmount", "--rm", target);
    await ctr("images", "mount", "absent:1", target);
  },
  "an image is exported, and imported into another namespace": async (driver, context) => {
    const { ctr, out, with: run, path } = driver;
    const [fresh = ""] = context.fresh;
    const archive = path("image.tar");
    const other = { namespace: `${driver.namespace}-other` };
    // The transfer service of this version imports and exports nothing yet.
    await out("images", "pull", "--plain-http", ...local(context), fresh);
    await ctr("images", "export", ...local(context), archive, fresh);
    await ctr("images", "export", ...local(context), path("absent.tar"), "absent:1");
    await run(other, "images", "import", ...local(context), archive);
    await run(other, "images", "ls");
    await run(other, "images", "check");
    await run(other, "content", "ls", `digest==${context.parts.index.digest}`);
    await run(other, "snapshots", "ls");
  },
};
