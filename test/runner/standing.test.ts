import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { badInput } from "../../infra/errors.ts";
import { readStanding } from "../../infra/runner/status.ts";
import { parseSettings } from "../../infra/settings/index.ts";
import { firstState } from "../../verification/mocks/release-state.ts";
import { validSettings } from "../program/fixtures/settings.ts";
import { unhandledIn } from "../unhandled.ts";
import { steppedClock } from "./session.ts";
import { memoryStack, memoryStore, silent, tape } from "./world.ts";

describe("how a stack stands", () => {
  it("is refused where the cluster is away, whichever of its answers fails first", async () => {
    const away = () => Promise.reject(badInput("the API server doesn't answer"));
    const late = async () => {
      await setImmediate();
      return away();
    };
    const ways = [
      { gatewayUrl: late, deployment: away },
      { gatewayUrl: away, deployment: late },
    ];
    const unhandled = await unhandledIn(async () => {
      for (const way of ways) {
        const reading = readStanding({
          stack: memoryStack(firstState(), tape([]), () => undefined),
          store: memoryStore(),
          clock: steppedClock(),
          reporter: silent,
          settings: parseSettings(validSettings()),
          onCall: "Ada",
          kubernetes: { ...way, lease: away },
        });
        await assert.rejects(reading, /the API server doesn't answer/);
        await setImmediate();
      }
    });
    assert.deepEqual(unhandled, []);
  });
});
