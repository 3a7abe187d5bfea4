import { z } from "zod";
import { isObject, type Json, type Props } from "../../../sandbox/cloud/wire.ts";
import type { Operation } from "../recorder/journal.ts";

/** A call of AWS' API as botocore names it. */
export interface Call {
  service: Service;
  operation: string;
  params: Props;
  /** the resource that it is made for, by its name in the program */
  resource: string;
}

const SERVICES = ["secretsmanager", "elasticache", "kms", "ec2", "s3", "sns", "logs", "cloudwatch", "sts"] as const;
export type Service = (typeof SERVICES)[number];

/** What a translation may know besides the operation: what the account has by the calls that were made before. */
export interface Known {
  /** the staging labels of a version, `SECRET|VERSION`, as a read of it would show them now */
  labelsOf(version: string): string[];
  /** which version of a secret has a label; undefined where none has it */
  holderOf(secret: string, label: string): string | undefined;
  /** what the provider read of a version when it last made or changed it */
  labelsInState(version: string): string[];
}

/** The calls that the provider makes for one type of resource (sources: terraform-provider-aws, the file named beside each). */
export interface Translation {
  create(operation: Operation, known: Known): Call[];
  /** only called where inputs differ */
  update(operation: Operation, known: Known): Call[];
  remove(operation: Operation, known: Known): Call[];
  read(operation: Operation, known: Known): Call[];
}

/** A call without the members that are undefined: the SDK doesn't send those. */
export function call(
  operation: Operation,
  service: Service,
  name: string,
  params: Record<string, Json | undefined>,
): Call {
  const given = Object.entries(params).flatMap(([key, value]): [string, Json][] =>
    value === undefined ? [] : [[key, value]],
  );
  return { service, operation: name, params: Object.fromEntries(given), resource: operation.name };
}

const tagsSchema = z.record(z.string(), z.string()).default({});

/** Tags as most services take them. */
export function tagList(tags: Json | undefined): Json[] {
  return Object.entries(tagsSchema.parse(tags)).map(([Key, Value]) => ({ Key, Value }));
}

/** The tags that a change takes away, and those that it sets. */
export function tagChange(operation: Operation): { removed: string[]; set: Record<string, string> } {
  const [before, after] = [tagsSchema.parse(operation.before.tags), tagsSchema.parse(operation.inputs.tags)];
  return {
    removed: Object.keys(before).filter((key) => after[key] === undefined),
    set: Object.fromEntries(Object.entries(after).filter(([key, value]) => before[key] !== value)),
  };
}

/** A property as text; the empty text where it isn't one. */
export function textOf(props: Props, key: string): string {
  const value = props[key];
  return typeof value === "string" ? value : "";
}

/** A property as a list; empty where it isn't one. */
export function listOf(props: Props, key: string): Json[] {
  const value = props[key];
  return Array.isArray(value) ? value : [];
}

/** The objects in a property. */
export function objectsOf(props: Props, key: string): Props[] {
  return listOf(props, key)
    .filter(isObject)
    .map((one) => z.record(z.string(), z.json()).parse(one));
}
