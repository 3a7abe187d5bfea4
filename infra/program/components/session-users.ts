import { User } from "@pulumi/aws/elasticache/user.js";
import { UserGroup } from "@pulumi/aws/elasticache/userGroup.js";
import type * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { isLive } from "../../domain/generations.ts";
import type { SecretState } from "../../domain/releases.ts";
import { Component } from "./component.ts";
import { type Ownership, tagsOf } from "./ownership.ts";

const APP_USERS = ["app-a", "app-b"] as const;
type AppUser = (typeof APP_USERS)[number];

/** What the application and the probes need: sessions, events between releases, and telling who is connected. */
export const APP_ACCESS =
  "on ~* &* -@all +@read +@write +@connection +@pubsub +@transaction -@dangerous +info +client|list";

export interface SessionUsersArgs {
  /** The generations of REDIS_URL: odd ones belong to app-a, even ones to app-b. */
  credentials: SecretState;
  owner: Ownership;
}

/**
 * Redis' users: app-a and app-b, always both in the group, and the default one switched off. A rotation gives the idle one a new
 * password, and a retired generation's user gets a password that nobody holds. Two users can be told apart in CLIENT LIST;
 * two passwords of one user can't.
 */
export class SessionUsers extends Component {
  readonly groupId: pulumi.Output<string>;
  /** The password of each generation. */
  readonly passwords: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: SessionUsersArgs, opts?: pulumi.ComponentResourceOptions) {
    super("SessionUsers", name, opts);
    const tags = tagsOf(args.owner);
    const generations = args.credentials.generations.map(({ id }) => id);
    const live = generations.filter((id) => isLive(args.credentials, id));
    const minted = new Map(generations.map((id) => [id, mintPassword(`${name}-redis-${id}`, this)]));
    const scrambled = APP_USERS.map((user) => mintPassword(`${name}-redis-${user}-scrambled`, this));

    const nobody = new User(
      `${name}-default`,
      {
        userId: `${name}-default`,
        userName: "default",
        engine: "redis",
        accessString: "off -@all",
        noPasswordRequired: true,
        tags,
      },
      { parent: this },
    );
    const appUsers = APP_USERS.map((user, index) => {
      const password = minted.get(newestGenerationOf(user, live) ?? "") ?? scrambled[index];
      return new User(
        `${name}-${user}`,
        {
          userId: `${name}-${user}`,
          userName: user,
          engine: "redis",
          accessString: APP_ACCESS,
          authenticationMode: { type: "password", passwords: password === undefined ? [] : [password.result] },
          tags,
        },
        { parent: this },
      );
    });
    const group = new UserGroup(
      name,
      { userGroupId: name, engine: "redis", userIds: [nobody, ...appUsers].map(({ userId }) => userId), tags },
      { parent: this },
    );

    this.groupId = group.userGroupId;
    this.passwords = Object.fromEntries([...minted].map(([id, password]) => [id, password.result]));
    this.registerOutputs({ groupId: this.groupId });
  }
}

/** Whose password a generation of REDIS_URL is: they take turns, so that a new one never touches the user in use. */
export function appUserOf(generation: string): AppUser {
  const number = Number(generation.replace(/^g/, ""));
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`"${generation}" is no generation: they are g1, g2, ...`);
  return number % 2 === 1 ? "app-a" : "app-b";
}

/** The last of the generations that belongs to a user; none once all of them are retired. */
export function newestGenerationOf(user: AppUser, generations: readonly string[]): string | undefined {
  return generations.findLast((generation) => appUserOf(generation) === user);
}

function mintPassword(name: string, parent: pulumi.Resource): RandomPassword {
  return new RandomPassword(name, { length: 40, special: false }, { parent });
}
