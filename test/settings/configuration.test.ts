import assert from "node:assert/strict";
import { configurationOf } from "../../infra/settings/configuration.ts";
import { parseSettings } from "../../infra/settings/index.ts";
import { settingsWith, validSettings } from "../program/fixtures/settings.ts";

describe("the configuration of a release", () => {
  it("is what the workload is told in clear", () => {
    assert.deepEqual(configurationOf(parseSettings(validSettings())), {
      STAGE: "staging",
      LOG_LEVEL: "info",
      SESSION_STORE: "redis",
      SUPABASE_URL: "https://staging-project.supabase.co",
      AFM_URL: "https://api.afm.example",
    });
  });

  it("takes more literals from the settings, which may override: the policies see what they ask for", () => {
    const environment = { SESSION_STORE: "memory", FEATURE: "on" };
    const configuration = configurationOf(parseSettings(settingsWith({ "application.environment": environment })));
    assert.equal(configuration.SESSION_STORE, "memory");
    assert.equal(configuration.FEATURE, "on");
  });
});
