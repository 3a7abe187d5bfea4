import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import type { EntryNames } from "../../domain/entry-names.ts";
import { generationsOf } from "../../domain/generations.ts";
import { bySecret, type Release, type SecretName, type SecretState } from "../../domain/releases.ts";
import type { ListedVersion } from "../../domain/stage-labels.ts";
import type { SecretOutputs } from "../../settings/of-program.ts";
import { Component } from "./component.ts";
import type { Ownership } from "./ownership.ts";
import type { SecretVariable } from "./pod.ts";
import { SecretEntry } from "./secret-entry.ts";

type ByGeneration = Readonly<Record<string, pulumi.Output<string>>>;

const DESCRIPTIONS: Readonly<Record<SecretName, string>> = {
  SUPABASE_KEY: "Supabase's secret API key (sb_secret_...)",
  SESSION_SECRET: "What session cookies are signed with: a comma-separated ring, the first signs",
  AFM_KEY: "The key of AFM's API",
  REDIS_URL: "The session store's address with user and password",
};

export interface SecretsArgs {
  /** "staging" or "production", with which the entries' names in the state begin. */
  stage: string;
  /** What the entries are called in Secrets Manager: "app/staging/AFM_KEY" where they are new. A change replaces them, which their protection refuses. */
  names: EntryNames;
  /** The entries' versions as they are in the account now; null where there is none yet. */
  listed: Readonly<Record<SecretName, readonly ListedVersion[]>> | null;
  /** The generations of each. A new one adds a version; labels move in place. */
  state: Readonly<Record<SecretName, SecretState>>;
  /** Values that others issue: the first generations. Read once: a change reaches no version that is there. */
  issued: SecretOutputs;
  /** The value of a later generation that others issue. */
  valueOf: (secret: SecretName, generation: string) => pulumi.Output<string>;
  /** REDIS_URL by generation. */
  redisUrls: ByGeneration;
  /** What encrypts the entries. A change re-encrypts them in place. */
  kmsKeyArn: pulumi.Input<string>;
  /** Days in which a deleted entry can be brought back: 30 unless `retention` is `short`, where it is 0. Changed in place. */
  recoveryWindow: number;
  /** The age at which a generation is to be rotated, in milliseconds: 90 days unless `rotation.maxAge` says otherwise. Changes a tag. */
  maxAge: number;
  owner: Ownership;
}

/** The secrets of the stage, each an entry of its own. */
export class Secrets extends Component {
  readonly arns: pulumi.Output<Record<SecretName, string>>;
  readonly #entries: Record<SecretName, SecretEntry>;
  readonly #databaseUrl: pulumi.Output<string>;

  constructor(name: string, args: SecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("Secrets", name, opts);
    const signing = args.state.SESSION_SECRET.generations.map(({ id }) => ({
      id,
      minted: new RandomPassword(`${name}-session-${id}`, { length: 64, special: false }, { parent: this }),
    }));
    const issued = (secret: SecretName, first: pulumi.Output<string>): ByGeneration =>
      Object.fromEntries(
        args.state[secret].generations.map(({ id }) => [id, id === "g1" ? first : args.valueOf(secret, id)]),
      );
    const values: Record<SecretName, ByGeneration> = {
      SUPABASE_KEY: issued("SUPABASE_KEY", args.issued.supabaseKey),
      SESSION_SECRET: Object.fromEntries(signing.map(({ id, minted }) => [id, minted.result])),
      AFM_KEY: issued("AFM_KEY", args.issued.afmKey),
      REDIS_URL: args.redisUrls,
    };
    const entry = (secret: SecretName) =>
      new SecretEntry(
        `${args.stage}/${secret}`,
        {
          entryName: args.names[secret],
          description: DESCRIPTIONS[secret],
          kmsKeyArn: args.kmsKeyArn,
          state: args.state[secret],
          listed: args.listed?.[secret] ?? null,
          values: values[secret],
          recoveryWindow: args.recoveryWindow,
          maxAge: args.maxAge,
          owner: args.owner,
        },
        { parent: this },
      );

    this.#databaseUrl = args.issued.databaseUrl;
    const entries = bySecret(entry);
    this.#entries = entries;
    this.arns = pulumi.output(bySecret((secret) => entries[secret].arn));
    this.registerOutputs({ arns: this.arns });
  }

  /** The secret environment of a release: the stored value of each generation that it pins. */
  pinnedBy(pins: Release["secrets"]): Record<SecretVariable, pulumi.Output<string>> {
    const stored = (secret: SecretName) => storedValue(secret, pins[secret], this.#entries[secret].stored);
    return { ...bySecret(stored), DATABASE_URL: this.#databaseUrl };
  }
}

function storedValue(secret: SecretName, generation: string, stored: ByGeneration): pulumi.Output<string> {
  const values = generationsOf(generation).map((id) => {
    const value = stored[id];
    if (value === undefined) throw new Error(`a release pins ${secret} ${id}, which is no longer on the stack`);
    return value;
  });
  return pulumi.secret(pulumi.all(values).apply((ring) => ring.join(",")));
}
