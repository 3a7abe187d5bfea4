import { isDeepStrictEqual } from "node:util";
import type { ProviderHandler, ResourceContext, ResourceHandler } from "../../../sandbox/cloud/handler.ts";
import type { Props } from "../../../sandbox/cloud/wire.ts";

/** One thing that the engine has asked of the `aws` provider. */
export interface Operation {
  stack: string;
  kind: "create" | "update" | "delete" | "same" | "invoke";
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

/** What was asked, in the order in which it ended. */
export interface Journal {
  operations: readonly Operation[];
  /** A provider that notes what is asked of it. */
  recording(handler: ProviderHandler): ProviderHandler;
}

/** An empty journal. */
export function openJournal(): Journal {
  const operations: Operation[] = [];
  /** by URN: the inputs that a resource was last made or changed with, since two types may share an id */
  const inputsOf = new Map<string, Props>();
  const idOf = new Map<string, string>();

  const recordingType = (type: string, resource: ResourceHandler): ResourceHandler => {
    const noted = (ctx: ResourceContext, parts: Pick<Operation, "kind" | "id"> & Partial<Operation>) => {
      operations.push({ stack: ctx.stack, type, name: ctx.name, inputs: {}, before: {}, outputs: {}, ...parts });
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
      delete: async (id, props, ctx) => {
        await resource.delete(id, props, ctx);
        noted(ctx, { kind: "delete", id, inputs: inputsOf.get(ctx.urn) ?? {}, outputs: props });
      },
    };
  };
  return {
    operations,
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
