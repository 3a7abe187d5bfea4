import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { parseSettings, secretsFromListing, settingsFromListing } from "../../infra/settings/index.ts";
import { readSettings } from "../../infra/settings/of-program.ts";
import { validSettings } from "../program/fixtures/settings.ts";
import { problemsIn } from "./problems-in.ts";

/** `pulumi config --json` of the fixture, with some entries changed. */
function listing(changes: Record<string, object> = {}): string {
  const secrets = new Set(["supabaseKey", "afmKey", "databaseUrl", "syntheticPassword"]);
  const entries = Object.entries(validSettings()).map(([key, value]) => {
    const text = typeof value === "string" ? { value } : { value: JSON.stringify(value), objectValue: value };
    return [`production-runbooks:${key}`, { ...text, secret: secrets.has(key) }];
  });
  return JSON.stringify({
    "aws:region": { value: "eu-west-1", secret: false },
    ...Object.fromEntries(entries),
    ...changes,
  });
}

describe("the settings in `pulumi config --json`", () => {
  it("are those that the program reads", () => {
    assert.deepEqual(settingsFromListing(listing()), parseSettings(validSettings()));
  });

  it("need no secret's value", () => {
    const hidden = { secret: true };
    const text = listing({ "production-runbooks:databaseUrl": hidden, "production-runbooks:afmKey": hidden });
    assert.equal(settingsFromListing(text).stage, "staging");
  });

  it("refuse a secret that stands in clear, without its value", () => {
    const text = listing({ "production-runbooks:afmKey": { value: "hunter2", secret: false } });
    assert.deepEqual(
      problemsIn(() => settingsFromListing(text)),
      ["production-runbooks:afmKey is in clear in the stack file: set it with `pulumi config set --secret afmKey`"],
    );
  });

  it("give the secrets apart", () => {
    assert.deepEqual(secretsFromListing(listing()), {
      supabaseKey: "sb_secret_of_the_fixture",
      afmKey: "afm-key-of-the-fixture",
      databaseUrl: "postgresql://app:database-password@db.staging-project.supabase.co:5432/postgres",
      syntheticPassword: "synthetic-password-of-the-fixture",
    });
    assert.doesNotMatch(JSON.stringify(settingsFromListing(listing())), /fixture|database-password/);
  });

  it("refuse secrets whose values were not asked for", () => {
    const text = listing({ "production-runbooks:syntheticPassword": { secret: true } });
    assert.deepEqual(
      problemsIn(() => secretsFromListing(text)),
      ["production-runbooks:syntheticPassword is hidden: list the configuration with --show-secrets"],
    );
  });
});

describe("the settings of the running program", () => {
  it("are all keys of the namespace, and an unknown one is refused", () => {
    const config = Object.fromEntries(
      Object.entries(validSettings()).map(([key, value]) => [
        `production-runbooks:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    );
    pulumi.runtime.setAllConfig({ ...config, "aws:region": "eu-west-1" });
    assert.deepEqual(readSettings(), parseSettings(validSettings()));
    pulumi.runtime.setAllConfig({ ...config, "production-runbooks:drain": "10m" });
    assert.deepEqual(problemsIn(readSettings), [
      "production-runbooks:drain: unknown key; the nearest known one is production-runbooks:application.drain",
    ]);
  });
});
