import { isDeepStrictEqual } from "node:util";
import type { ProviderHandler, ResourceContext, ResourceHandler } from "../../../sandbox/cloud/handler.ts";
import type { Props } from "../../../sandbox/cloud/wire.ts";

/** What a stack is going through while the engine asks for something. */
export const PHASES = ["first update", "rotations", "refresh", "teardown"] as const;
export type Phase = (typeof PHASES)[number];

/** One thing that the engine has asked of the `aws` provider. */
export interface Operation {
  stack: string;
  kind: "create" | "update" | "delete" | "read" | "same" | "invoke";
  /** `aws:SERVICE/FILE:TYPE`, or a function's token */
  type: string;
  /** the resource's name in the program; empty for a function */
  name: string;
  id: string;
  /** a function's arguments */
  inputs: Props;
  /** the inputs before an update; empty otherwise */
  before: Props;
  outputs: Props;
}

/** An operation with what its stack was going through; a function's has neither stack nor phase. */
export interface Recorded extends Operation {
  phase: Phase | null;
}

/** What was asked, in the order in which it ended. */
export interface Journal {
  operations: readonly Recorded[];
  /** What a stack goes through from now on. */
  begin(stack: string, phase: Phase): void;
  /** A provider that notes what is asked of it. */
  recording(handler: ProviderHandler): ProviderHandler;
}

/** An empty journal. */
export function openJournal(): Journal {
  const operations: Recorded[] = [];
  const phases = new Map<string, Phase>();
  /** by URN: the inputs that a resource was last made or changed with, since two types may share an id */
  const inputsOf = new Map<string, Props>();
  const idOf = new Map<string, string>();

  const recordingType = (type: string, resource: ResourceHandler): ResourceHandler => {
    const noted = (ctx: ResourceContext, parts: Pick<Operation, "kind" | "id"> & Partial<Operation>) => {
      const phase = phases.get(ctx.stack) ?? null;
      operations.push({ stack: ctx.stack, phase, type, name: ctx.name, inputs: {}, before: {}, outputs: {}, ...parts });
    };
    return {
      ...resource,
      diff: (olds, news, ctx, more) => {
        const difference = resource.diff(olds, news, ctx, more);
        const id = idOf.get(ctx.urn);
        if (difference.changes === "none" && id !== undefined && isDeepStrictEqual(inputsOf.get(ctx.urn), news))
          noted(ctx, { kind: "same", id, inputs: news });
        return difference;
      },
      create: async (inputs, ctx) => {
        const made = await resource.create(inputs, ctx);
        idOf.set(ctx.urn, made.id);
        inputsOf.set(ctx.urn, inputs);
        noted(ctx, { kind: "create", id: made.id, inputs, outputs: made.outputs });
        return made;
      },
      update: async (id, olds, news, ctx) => {
        const changed = await resource.update(id, olds, news, ctx);
        noted(ctx, { kind: "update", id, inputs: news, before: inputsOf.get(ctx.urn) ?? {}, outputs: changed.outputs });
        inputsOf.set(ctx.urn, news);
        return changed;
      },
      read: async (id, props, ctx) => {
        const found = await resource.read(id, props, ctx);
        if (found !== null)
          noted(ctx, { kind: "read", id, inputs: inputsOf.get(ctx.urn) ?? {}, outputs: found.outputs });
        return found;
      },
      delete: async (id, props, ctx) => {
        await resource.delete(id, props, ctx);
        noted(ctx, { kind: "delete", id, inputs: inputsOf.get(ctx.urn) ?? {}, outputs: props });
      },
    };
  };
  return {
    operations,
    begin: (stack, phase) => void phases.set(stack, phase),
    recording: (handler) => ({
      ...handler,
      resource: (type) => {
        const resource = handler.resource(type);
        return resource === undefined ? undefined : recordingType(type, resource);
      },
      invoke: async (token, args) => {
        const outputs = (await handler.invoke?.(token, args)) ?? {};
        operations.push({
          stack: "",
          phase: null,
          kind: "invoke",
          type: token,
          name: "",
          id: "",
          inputs: args,
          before: {},
          outputs,
        });
        return outputs;
      },
    }),
  };
}
