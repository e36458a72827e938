import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { test } from "node:test";
import { mount, MountFlag } from "@davit/sys";
import { makeImage, pushImage, startRegistry } from "@davit/test-support";
import { available, skip } from "./fixture.ts";
import { shell } from "./shell.ts";
import { pushImages } from "./images.ts";
import { places, Side, DAVITD } from "./side.ts";

const SMALL = "size=24m";
const LARGE = "size=200m";

test(
  "a full disk: pulls fail and say so, the daemon goes on, and works when there is space",
  { skip },
  async () => {
    await using registry = await startRegistry();
    const { image } = await pushImages(registry);
    const layers = [[{ name: "big", content: randomBytes(40 << 20) }]];
    const big = await pushImage(registry, "big:1", makeImage({ layers }));

    await using side = new Side(available, (one) => ({ program: DAVITD, args: places(one) }));
    const root = side.path("root");
    mkdirSync(root);
    mount({ fsType: "tmpfs", source: "tmpfs", target: root, data: SMALL });
    await side.start();
    const { ctr } = side;
    await ctr.out("images", "pull", "--plain-http", image);
    // The daemon makes its UUID when first asked.
    await ctr.out("version");

    for (const flags of available.isTwo ? [[], ["--local"]] : [[]]) {
      const { code, stdout, stderr } = await ctr.run(["images", "pull", "--plain-http", ...flags, big]);
      assert.equal(code, 1, stdout);
      assert.match(stderr, /no space left on device/);
      assert.equal(await ctr.out("images", "ls", "-q"), `${image}\n`);
      assert.match(await ctr.out("version"), /Server:/);
    }

    mount({ fsType: "tmpfs", source: "tmpfs", target: root, data: LARGE, flags: MountFlag.MS_REMOUNT });
    await ctr.out("images", "pull", "--plain-http", big);
    assert.match(await ctr.out("images", "check", `name==${big}`), /complete .* true/);
    assert.equal(await ctr.out("content", "active"), "REF\tSIZE\tAGE\t\n");
    assert.equal(await ctr.out("run", "--rm", image, "again", ...shell("echo again")), "again\n");
  },
);
