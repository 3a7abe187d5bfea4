import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import { REGION } from "../accounts.ts";
import type { Difference, ResourceContext, ResourceHandler, StateAndIgnored } from "../handler.ts";
import type { Props } from "../wire.ts";
import { judge, type Rule } from "./inputs.ts";

/** A resource as the account has it. */
export interface Entry<Inputs> {
  urn: string;
  stack: string;
  id: string;
  inputs: Inputs;
  /** The inputs as they came, which a refresh answers with. */
  raw: Props;
  computed: Props;
}

/** What happens beyond taking notes; what create and update return are further outputs. */
export interface Effects<Inputs> {
  create?(inputs: Inputs, made: { id: string; ctx: ResourceContext }): Promise<Props>;
  /** `state` is what the engine's state has of the resource, which may be behind. */
  update?(inputs: Inputs, entry: Entry<Inputs>, state: Props): Promise<Props>;
  remove?(entry: Entry<Inputs>, state: Props): Promise<void>;
  /** What the provider waits for before it reads. */
  settled?(entry: Entry<Inputs>): Promise<void>;
  /** Outputs that may have changed since, by another resource's doing. */
  refresh?(entry: Entry<Inputs>): Props;
}

/** One AWS type: its inputs, what AWS refuses of them, and what it answers. */
export interface Definition<Schema extends z.ZodType<Record<string, unknown>>> {
  type: string;
  inputs: Schema;
  /** The property that the provider makes up a name for where the program gives none. */
  autoName?: string;
  rules?: readonly Rule[];
  /** Properties that AWS can't change in place. */
  replaces: readonly string[];
  /** Lists that the provider reads back as sets: what is new is compared with the state, and not with the inputs of before. */
  readBack?: readonly string[];
  /** Outputs where the inputs say nothing. */
  defaults?: Props;
  secretOutputs?: readonly string[];
  /** What no two resources of the type may share, and how AWS says so; left out where it allows any number. */
  unique?: {
    key(inputs: z.output<Schema>): string;
    taken(key: string): string;
    /** The service's call to make one is a put: made once more, as after an interrupted update, it finds what is there. */
    again?: "is a put";
  };
  id(inputs: z.output<Schema>): string;
  outputs(inputs: z.output<Schema>, id: string): Props;
  effects?: Effects<z.output<Schema>>;
}

/** An AWS type that can be served, and what the account has of it. */
export interface AwsType<Inputs> {
  type: string;
  entries: ReadonlyMap<string, Entry<Inputs>>;
  handler: ResourceHandler;
}

/** The type without its inputs' shape, for the provider's table. */
export type AnyAwsType = Pick<AwsType<never>, "type" | "handler">;

const SUFFIX_LENGTH = 7;

/** The name that the provider makes up: the prefix or the resource's name, and a hash that stays the same. */
function namedInputs(autoName: string | undefined, inputs: Props, ctx: ResourceContext): Props {
  if (autoName === undefined || inputs[autoName] !== undefined) return inputs;
  const suffix = createHash("sha256").update(ctx.urn).digest("hex").slice(0, SUFFIX_LENGTH);
  const prefix = inputs[`${autoName}Prefix`];
  return { ...inputs, [autoName]: typeof prefix === "string" ? `${prefix}${suffix}` : `${ctx.name}-${suffix}` };
}

/** Whether a set in the state differs from the one that is asked for; where nothing is asked for, it stays as it is. */
function isOtherSet(state: Props | undefined, news: Props, key: string): boolean {
  const [before, after] = [state?.[key], news[key]];
  if (!Array.isArray(before) || !Array.isArray(after)) return after !== undefined && before !== undefined;
  return !isDeepStrictEqual(new Set(before), new Set(after));
}

interface Compared {
  olds: Props;
  news: Props;
  /** what the engine's state has, and what is left out of account */
  more: StateAndIgnored | undefined;
}

function differenceOf(
  { replaces, readBack = [] }: Pick<Definition<never>, "replaces" | "readBack">,
  unique: "shared" | "own",
  { olds, news, more }: Compared,
): Difference {
  const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
  const differs = (key: string) =>
    readBack.includes(key) && more !== undefined
      ? !more.ignored.includes(key) && isOtherSet(more.state, news, key)
      : !isDeepStrictEqual(olds[key], news[key]);
  const changed = keys.filter(differs);
  const replaced = changed.filter((key) => replaces.includes(key));
  return {
    changes: changed.length > 0 ? "some" : "none",
    replaces: replaced,
    ...(replaced.length > 0 && unique === "own" ? { deleteBeforeReplace: true } : {}),
  };
}

/** Makes a type of its definition. */
export function defineType<Schema extends z.ZodType<Record<string, unknown>>>(
  definition: Definition<Schema>,
): AwsType<z.output<Schema>> {
  type Inputs = z.output<Schema>;
  const { type, autoName, unique, effects, rules = [], defaults = {}, secretOutputs } = definition;
  const entries = new Map<string, Entry<Inputs>>();
  const making = new Map<string, Promise<void>>();

  const answer = (entry: Entry<Inputs>) => {
    const tagged = "tags" in entry.raw ? { tagsAll: entry.raw.tags ?? {} } : {};
    const fresh = effects?.refresh?.(entry) ?? {};
    return {
      outputs: { region: REGION, ...defaults, ...entry.raw, ...tagged, ...entry.computed, ...fresh },
      ...(secretOutputs === undefined ? {} : { secretOutputs: [...secretOutputs] }),
    };
  };

  const change = async (entry: Entry<Inputs>, news: Props, state: Props) => {
    const inputs = definition.inputs.parse(news);
    const more = (await effects?.update?.(inputs, entry, state)) ?? {};
    Object.assign(entry, {
      inputs,
      raw: news,
      computed: { ...entry.computed, ...definition.outputs(inputs, entry.id), ...more },
    });
    return answer(entry);
  };

  /** What an interrupted create of the same resource has left, where the service's call takes it over; everywhere else it is refused. */
  const leftOver = (inputs: Inputs, ctx: ResourceContext): Entry<Inputs> | undefined => {
    if (unique === undefined) return undefined;
    const key = unique.key(inputs);
    const found = [...entries.values()].find((entry) => unique.key(entry.inputs) === key);
    if (found !== undefined && (found.urn !== ctx.urn || unique.again === undefined))
      throw new Error(unique.taken(key));
    return found;
  };

  const handler: ResourceHandler = {
    check: (given, ctx) => {
      const inputs = namedInputs(autoName, given, ctx);
      return { inputs, failures: judge(type, definition.inputs, rules, inputs) };
    },
    diff: (olds, news, _ctx, more) =>
      differenceOf(definition, unique === undefined ? "shared" : "own", { olds, news, more }),
    create: async (raw, ctx) => {
      const inputs = definition.inputs.parse(raw);
      const left = leftOver(inputs, ctx);
      if (left !== undefined) {
        await making.get(left.id);
        return { id: left.id, ...(await change(left, raw, answer(left).outputs)) };
      }
      const id = definition.id(inputs);
      const entry: Entry<Inputs> = { urn: ctx.urn, stack: ctx.stack, id, inputs, raw, computed: {} };
      const make = async (): Promise<void> => {
        entry.computed = definition.outputs(inputs, id);
        Object.assign(entry.computed, await effects?.create?.(inputs, { id, ctx }));
      };
      // The name is taken from here on, as it is in AWS while a resource is being made.
      entries.set(id, entry);
      const made = make().finally(() => making.delete(id));
      making.set(id, made);
      try {
        await made;
      } catch (error) {
        entries.delete(id);
        throw error;
      }
      return { id, ...answer(entry) };
    },
    read: async (id) => {
      const entry = entries.get(id);
      if (entry === undefined) return null;
      await effects?.settled?.(entry);
      const read = answer(entry);
      const outputs: Props = read.outputs;
      const fresh = (definition.readBack ?? []).map((key) => [key, outputs[key] ?? null]);
      return { ...read, inputs: { ...entry.raw, ...Object.fromEntries(fresh) } };
    },
    update: async (id, olds, news) => {
      const entry = entries.get(id);
      if (entry === undefined) throw new Error(`ResourceNotFoundException: ${type} ${id} doesn't exist`);
      return change(entry, news, olds);
    },
    delete: async (id, state) => {
      const entry = entries.get(id);
      if (entry === undefined) return;
      await effects?.remove?.(entry, state);
      entries.delete(id);
    },
  };
  return { type, entries, handler };
}
