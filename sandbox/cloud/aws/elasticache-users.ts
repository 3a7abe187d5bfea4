import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { arn } from "../accounts.ts";
import type { RedisUser } from "../stores/redis.ts";
import { count, flag, inputsOf, type Rule, tags, text, texts } from "./inputs.ts";
import { type AnyAwsType, defineType, type Entry } from "./resource.ts";

/** How long a user or a group stays in `modifying`: minutes in AWS, and just long enough to be met here. */
const MODIFYING_MS = 200;

const engine = z.enum(["redis", "valkey", "REDIS", "VALKEY"], { error: "is redis or valkey" });
/** botocore, elasticache: UserId; its length, and that no two hyphens meet and none ends it, are of the documentation of CreateUser. */
const id = text.regex(
  /^[a-z](?!.*--)[a-z0-9-]{0,39}(?<!-)$/,
  "begins with a small letter and holds small letters, digits and single '-' alone, at most 40",
);
const passwords = z
  .array(text.min(16, "is 16 to 128 characters long").max(128, "is 16 to 128 characters long"))
  .max(2, "has at most two passwords");
const accessString = text.regex(
  /^(on|off)(\s+([~&+-]\S+|%(R|W|RW)~\S+|allkeys|allchannels|resetkeys|resetchannels|allcommands|nocommands|\(.*\)))*$/,
  "isn't an access string such as `on ~* &* +@all`",
);

const userInputs = inputsOf(
  { accessString, engine, userId: id, userName: text.min(1).max(120) },
  {
    authenticationMode: z
      .strictObject({
        type: z.enum(["password", "no-password-required", "iam"]),
        passwordCount: count.optional(),
        passwords: passwords.optional(),
      })
      .refine(({ type, passwords: given }) => (type === "password") === (given ?? []).length > 0, {
        error: "has one or two passwords with the type password, and none with another",
      }),
    noPasswordRequired: flag,
    passwords,
    tags,
  },
);

type UserInputs = z.output<typeof userInputs>;

const oneWayIn: Rule = {
  of: ["passwords", "noPasswordRequired", "authenticationMode"],
  property: "passwords",
  broken: ({ passwords: given, noPasswordRequired, authenticationMode }) =>
    [given !== undefined, noPasswordRequired === true, authenticationMode !== undefined].filter(Boolean).length !== 1,
  reason: "give exactly one of passwords, noPasswordRequired: true and authenticationMode",
};

/** A user as Redis takes it. */
function redisUserOf({ userName, accessString: access, passwords: direct, authenticationMode }: UserInputs): RedisUser {
  return { name: userName, access, passwords: direct ?? authenticationMode?.passwords ?? [] };
}

/** Users and groups, and what else must know of them. */
export interface ElastiCacheUsers {
  types: AnyAwsType[];
  /** The users of a group as Redis takes them. @throws Error where there is no such group */
  usersOf(groupId: string): RedisUser[];
  /** Calls back whenever the users of a group have changed; the change waits for it. */
  onChange(listener: (groupId: string) => Promise<void>): void;
}

/** Refuses a second change while the first is being carried out, as ElastiCache does. */
function states(kind: "User" | "UserGroup") {
  const modifying = new Map<string, Promise<unknown>>();
  const modify = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    if (modifying.has(name)) {
      throw new Error(`Invalid${kind}State: ${kind} ${name} is not in active state (it is modifying): try again`);
    }
    const modified = delay(MODIFYING_MS).then(work);
    modifying.set(name, modified);
    try {
      return await modified;
    } finally {
      modifying.delete(name);
    }
  };
  /** Waits until a change has been carried out, however it ended. */
  const settled = async (name: string): Promise<void> => {
    await modifying.get(name)?.catch(() => undefined);
  };
  return { modify, settled };
}

/** ElastiCache's users and user groups, which are ACL users in every store that the group is on. */
export function elastiCacheUsers(): ElastiCacheUsers {
  const listeners: ((groupId: string) => Promise<void>)[] = [];
  const associations = new Map<string, Set<string>>();
  const { modify: whileUser, settled: userSettled } = states("User");
  const { modify: whileGroup } = states("UserGroup");

  const tell = async (groupId: string): Promise<void> => {
    for (const listener of listeners) await listener(groupId);
  };
  const groupsOf = (userId: string): string[] =>
    [...group.entries.keys()].filter((groupId) => membersOf(groupId).includes(userId));
  const membersOf = (groupId: string): string[] => {
    const { userIds = [] } = mustHave(groupId).inputs;
    return [...new Set([...userIds, ...(associations.get(groupId) ?? [])])];
  };

  const user = defineType({
    type: "aws:elasticache/user:User",
    inputs: userInputs,
    rules: [oneWayIn],
    replaces: ["userId", "userName", "engine"],
    defaults: { noPasswordRequired: false },
    secretOutputs: ["passwords"],
    unique: { key: ({ userId }) => userId, taken: (userId) => `UserAlreadyExists: User ${userId} already exists` },
    id: ({ userId }) => userId,
    outputs: (_inputs, userId) => ({ arn: arn("elasticache", `user:${userId}`) }),
    effects: {
      create: async () => {
        await delay(MODIFYING_MS);
        return {};
      },
      update: (inputs, entry) =>
        whileUser(entry.id, async () => {
          entry.inputs = inputs;
          for (const groupId of groupsOf(entry.id)) await tell(groupId);
          return {};
        }),
      // The provider's read waits for the state active (terraform-provider-aws, elasticache/user.go, waitUserUpdated).
      settled: (entry) => userSettled(entry.id),
      // Redis has no user that AWS hasn't: whoever is deleted leaves its groups first.
      remove: (entry) =>
        whileUser(entry.id, async () => {
          for (const groupId of groupsOf(entry.id)) {
            const found = mustHave(groupId);
            found.inputs.userIds = (found.inputs.userIds ?? []).filter((userId) => userId !== entry.id);
            associations.get(groupId)?.delete(entry.id);
            await tell(groupId);
          }
        }),
    },
  });

  const group = defineType({
    type: "aws:elasticache/userGroup:UserGroup",
    inputs: inputsOf({ engine, userGroupId: id }, { tags, userIds: texts }),
    replaces: ["userGroupId"],
    unique: {
      key: ({ userGroupId }) => userGroupId,
      taken: (groupId) => `UserGroupAlreadyExists: User group ${groupId} already exists`,
    },
    id: ({ userGroupId }) => userGroupId,
    outputs: (_inputs, groupId) => ({ arn: arn("elasticache", `usergroup:${groupId}`) }),
    effects: {
      create: async (inputs) => {
        mustBeWhole(inputs.engine, inputs.userIds ?? [], user.entries);
        await delay(MODIFYING_MS);
        return {};
      },
      update: (inputs, entry) =>
        whileGroup(entry.id, async () => {
          mustBeWhole(inputs.engine, [...(inputs.userIds ?? []), ...(associations.get(entry.id) ?? [])], user.entries);
          entry.inputs = inputs;
          await tell(entry.id);
          return {};
        }),
    },
  });

  const mustHave = (groupId: string) => {
    const found = group.entries.get(groupId);
    if (found === undefined) throw new Error(`UserGroupNotFound: User group ${groupId} not found`);
    return found;
  };

  let queue: Promise<unknown> = Promise.resolve();
  /** The provider tries again while a group is modifying: associations of one group follow each other. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = queue.then(work, work);
    queue = turn.catch(() => undefined);
    return turn;
  };

  const association = defineType({
    type: "aws:elasticache/userGroupAssociation:UserGroupAssociation",
    inputs: inputsOf({ userGroupId: text, userId: text }, {}),
    replaces: ["userGroupId", "userId"],
    unique: {
      key: ({ userGroupId, userId }) => `${userGroupId},${userId}`,
      taken: (key) => `InvalidParameterCombination: the association ${key} already exists`,
    },
    id: ({ userGroupId, userId }) => `${userGroupId},${userId}`,
    outputs: () => ({}),
    effects: {
      create: ({ userGroupId, userId }) =>
        inTurn(() =>
          whileGroup(userGroupId, async () => {
            const { engine: groupEngine } = mustHave(userGroupId).inputs;
            mustBeWhole(groupEngine, [...membersOf(userGroupId), userId], user.entries);
            associations.set(userGroupId, new Set([...(associations.get(userGroupId) ?? []), userId]));
            await tell(userGroupId);
            return {};
          }),
        ),
      remove: ({ inputs: { userGroupId, userId } }) =>
        inTurn(() =>
          whileGroup(userGroupId, async () => {
            associations.get(userGroupId)?.delete(userId);
            if (group.entries.has(userGroupId)) await tell(userGroupId);
          }),
        ),
    },
  });

  return {
    types: [user, group, association],
    usersOf: (groupId) =>
      membersOf(groupId).flatMap((userId) => {
        const found = user.entries.get(userId);
        return found === undefined ? [] : [redisUserOf(found.inputs)];
      }),
    onChange: (listener) => listeners.push(listener),
  };
}

/** Refuses a group that ElastiCache would refuse: unknown users, two of one name, or none called default. */
function mustBeWhole(
  groupEngine: string,
  userIds: readonly string[],
  users: ReadonlyMap<string, Entry<UserInputs>>,
): void {
  const missing = userIds.filter((userId) => !users.has(userId));
  if (missing.length > 0) throw new Error(`UserNotFound: User ${missing.join(", ")} not found`);
  const names = [...new Set(userIds)].map((userId) => users.get(userId)?.inputs.userName ?? userId);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length > 0) throw new Error(`DuplicateUserName: two users of the group have the name ${twice.join(", ")}`);
  if (groupEngine.toLowerCase() === "redis" && !names.includes("default")) {
    throw new Error("DefaultUserRequired: a user group needs a user with the user name default");
  }
}
