import { isDeepStrictEqual } from "node:util";
import type { ProviderHandler, ResourceHandler } from "../../../sandbox/cloud/handler.ts";
import { isObject, type Props } from "../../../sandbox/cloud/wire.ts";

function idOf({ metadata }: Props): string {
  if (!isObject(metadata)) return "object";
  return [metadata.namespace, metadata.name].filter((part) => typeof part === "string").join("/");
}

const anyKind: ResourceHandler = {
  check: (inputs) => ({ inputs, failures: [] }),
  diff: (olds, news) => ({ changes: isDeepStrictEqual(olds, news) ? "none" : "some", replaces: [] }),
  create: async (inputs) => ({ id: idOf(inputs), outputs: inputs }),
  read: async (_id, props) => ({ outputs: props }),
  update: async (_id, _olds, news) => ({ outputs: news }),
  delete: async () => undefined,
};

/** A cluster that takes every object as it is and runs none: AWS alone is looked at here. */
export function takingCluster(): ProviderHandler {
  return { name: "kubernetes", resource: () => anyKind, invoke: async () => ({}) };
}
