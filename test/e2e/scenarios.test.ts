import { deploy } from "../../verification/scenarios/deploy.ts";
import { restore } from "../../verification/scenarios/restore.ts";
import { settingsChange } from "../../verification/scenarios/settings-change.ts";
import { inWorld, ROOT, type World } from "../../verification/scenarios/world.ts";
import { LANE_SANDBOX } from "../lanes.ts";

/** The short form of `npm run test:real`: one world of stand-ins for the scenarios that only need staging. */
describe("scenarios on stand-ins", function () {
  this.timeout(1_500_000);
  const opened = Promise.withResolvers<World>();
  const done = Promise.withResolvers<void>();
  let lived: Promise<unknown>;

  before(async () => {
    const options = {
      parts: "stand-ins",
      sandbox: LANE_SANDBOX,
      program: ROOT,
      stages: ["staging"],
      cluster: null,
    } as const;
    lived = inWorld(options, async (world) => {
      opened.resolve(world);
      await done.promise;
    });
    lived.catch(opened.reject);
    await opened.promise;
  });
  after(async () => {
    done.resolve();
    await lived;
  });

  for (const { title, play } of [deploy, settingsChange, restore]) {
    it(title, async () => {
      await play(await opened.promise);
    });
  }
});
