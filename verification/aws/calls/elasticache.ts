import { isObject, type Json, type Props } from "../../../sandbox/cloud/wire.ts";
import type { Operation } from "../recorder/journal.ts";
import { type Call, call, listOf, objectsOf, type Translation, tagChange, tagList, textOf } from "./call.ts";

const here = (operation: Operation, name: string, params: Parameters<typeof call>[3]): Call =>
  call(operation, "elasticache", name, params);

const arnOf = ({ outputs }: Operation): string => textOf(outputs, "arn");
const listTags = (operation: Operation): Call =>
  here(operation, "ListTagsForResource", { ResourceName: arnOf(operation) });

/** The tags that an update changes, and the read that ends every operation. */
function retag(operation: Operation): Call[] {
  const { removed, set } = tagChange(operation);
  return [
    ...(removed.length === 0
      ? []
      : [here(operation, "RemoveTagsFromResource", { ResourceName: arnOf(operation), TagKeys: removed })]),
    ...(Object.keys(set).length === 0
      ? []
      : [here(operation, "AddTagsToResource", { ResourceName: arnOf(operation), Tags: tagList(set) })]),
  ];
}

function authentication(value: Json | undefined): Json | undefined {
  if (!isObject(value)) return undefined;
  const passwords = Array.isArray(value.passwords) && value.passwords.length > 0 ? { Passwords: value.passwords } : {};
  return { Type: String(value.type), ...passwords };
}

const readUser = (operation: Operation): Call[] => [
  here(operation, "DescribeUsers", { UserId: operation.id }),
  listTags(operation),
];

/** internal/service/elasticache/user.go */
export const user: Translation = {
  create: (operation) => [
    here(operation, "CreateUser", {
      UserId: operation.inputs.userId,
      UserName: operation.inputs.userName,
      Engine: operation.inputs.engine,
      AccessString: operation.inputs.accessString,
      NoPasswordRequired: operation.inputs.noPasswordRequired === true,
      AuthenticationMode: authentication(operation.inputs.authenticationMode),
      Tags: tagList(operation.inputs.tags),
    }),
    ...readUser(operation),
  ],
  update: (operation) => {
    const { before, inputs } = operation;
    const differs = (key: string) => JSON.stringify(before[key]) !== JSON.stringify(inputs[key]);
    const changed = ["accessString", "authenticationMode", "engine", "noPasswordRequired"].filter(differs);
    const given = {
      AccessString: differs("accessString") ? inputs.accessString : undefined,
      AuthenticationMode: differs("authenticationMode") ? authentication(inputs.authenticationMode) : undefined,
      Engine: differs("engine") ? inputs.engine : undefined,
      NoPasswordRequired: differs("noPasswordRequired") ? inputs.noPasswordRequired === true : undefined,
    };
    return [
      ...(changed.length === 0 ? [] : [here(operation, "ModifyUser", { UserId: operation.id, ...given })]),
      ...retag(operation),
      ...readUser(operation),
    ];
  },
  remove: (operation) => [
    here(operation, "DeleteUser", { UserId: operation.id }),
    here(operation, "DescribeUsers", { UserId: operation.id }),
  ],
  read: readUser,
};

const readUserGroup = (operation: Operation): Call[] => [
  here(operation, "DescribeUserGroups", { UserGroupId: operation.id }),
  listTags(operation),
];

/** internal/service/elasticache/user_group.go */
export const userGroup: Translation = {
  create: (operation) => [
    here(operation, "CreateUserGroup", {
      UserGroupId: operation.inputs.userGroupId,
      Engine: operation.inputs.engine,
      UserIds: operation.inputs.userIds,
      Tags: tagList(operation.inputs.tags),
    }),
    ...readUserGroup(operation),
  ],
  update: (operation) => {
    const [before, after] = [listOf(operation.before, "userIds"), listOf(operation.inputs, "userIds")];
    const added = after.filter((id) => !before.includes(id));
    const removed = before.filter((id) => !after.includes(id));
    const change = {
      UserIdsToAdd: added.length === 0 ? undefined : added,
      UserIdsToRemove: removed.length === 0 ? undefined : removed,
    };
    return [
      ...(added.length + removed.length === 0
        ? []
        : [here(operation, "ModifyUserGroup", { UserGroupId: operation.id, ...change })]),
      ...retag(operation),
      ...readUserGroup(operation),
    ];
  },
  remove: (operation) => [
    here(operation, "DeleteUserGroup", { UserGroupId: operation.id }),
    here(operation, "DescribeUserGroups", { UserGroupId: operation.id }),
  ],
  read: readUserGroup,
};

const readSubnetGroup = (operation: Operation): Call[] => [
  here(operation, "DescribeCacheSubnetGroups", { CacheSubnetGroupName: operation.id }),
  listTags(operation),
];

/** internal/service/elasticache/subnet_group.go */
export const subnetGroup: Translation = {
  create: (operation) => [
    here(operation, "CreateCacheSubnetGroup", {
      CacheSubnetGroupName: operation.inputs.name,
      CacheSubnetGroupDescription: operation.inputs.description,
      SubnetIds: operation.inputs.subnetIds,
      Tags: tagList(operation.inputs.tags),
    }),
    ...readSubnetGroup(operation),
  ],
  update: (operation) => [
    here(operation, "ModifyCacheSubnetGroup", {
      CacheSubnetGroupName: operation.id,
      CacheSubnetGroupDescription: operation.inputs.description,
      SubnetIds: operation.inputs.subnetIds,
    }),
    ...retag(operation),
    ...readSubnetGroup(operation),
  ],
  remove: (operation) => [here(operation, "DeleteCacheSubnetGroup", { CacheSubnetGroupName: operation.id })],
  read: readSubnetGroup,
};

const readParameters = (operation: Operation): Call[] => [
  here(operation, "DescribeCacheParameterGroups", { CacheParameterGroupName: operation.id }),
  here(operation, "DescribeCacheParameters", { CacheParameterGroupName: operation.id, Source: "user" }),
  listTags(operation),
];

const nameValues = (inputs: Props): Json[] =>
  objectsOf(inputs, "parameters").map(({ name, value }) => ({
    ParameterName: String(name),
    ParameterValue: String(value),
  }));

const setParameters = (operation: Operation): Call[] => {
  const ParameterNameValues = nameValues(operation.inputs);
  if (ParameterNameValues.length === 0) return [];
  return [here(operation, "ModifyCacheParameterGroup", { CacheParameterGroupName: operation.id, ParameterNameValues })];
};

/** internal/service/elasticache/parameter_group.go */
export const parameterGroup: Translation = {
  create: (operation) => [
    here(operation, "CreateCacheParameterGroup", {
      CacheParameterGroupName: operation.inputs.name,
      CacheParameterGroupFamily: operation.inputs.family,
      Description: operation.inputs.description,
      Tags: tagList(operation.inputs.tags),
    }),
    ...setParameters(operation),
    ...readParameters(operation),
  ],
  update: (operation) => [...setParameters(operation), ...retag(operation), ...readParameters(operation)],
  remove: (operation) => [here(operation, "DeleteCacheParameterGroup", { CacheParameterGroupName: operation.id })],
  read: readParameters,
};
