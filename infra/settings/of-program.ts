import * as pulumi from "@pulumi/pulumi";
import { parseSettings, type Settings } from "./index.ts";
import { ownKeys } from "./raw.ts";

/** The secrets that the program passes on, while Pulumi keeps them encrypted in its state; the runner's own tokens are none of them. */
export type SecretOutputs = {
  [Key in "supabaseKey" | "afmKey" | "databaseUrl" | "syntheticPassword"]: pulumi.Output<string>;
};

/**
 * The running program's settings. Apart from the parser, so that the runner starts without the engine's SDK.
 * @throws Refusal (exit 2) with every problem at once
 */
export function readSettings(): Settings {
  return parseSettings(ownKeys(pulumi.runtime.allConfig()));
}

/** The running program's secrets, which stay outputs that Pulumi encrypts. Call after `readSettings`, which checks that they are set. */
export function readSecrets(config: pulumi.Config): SecretOutputs {
  return {
    supabaseKey: config.requireSecret("supabaseKey"),
    afmKey: config.requireSecret("afmKey"),
    databaseUrl: config.requireSecret("databaseUrl"),
    syntheticPassword: config.requireSecret("syntheticPassword"),
  };
}
