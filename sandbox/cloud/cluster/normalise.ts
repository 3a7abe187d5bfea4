import type { Props } from "../handler.ts";
import { hasUnknown } from "../wire.ts";
import type { Kind } from "./kinds.ts";
import { isProps } from "./props.ts";

/**
 * An object's inputs as the provider keeps them: a Secret's `stringData` is encoded into its `data` and is an input no longer, so
 * `ignoreChanges: ["stringData"]` finds no old value and takes the new one away (pulumi-kubernetes, provider/pkg/provider/provider.go:
 * Check and Diff call normalizeInputs; provider/pkg/clients/unstructured.go: normalizeSecret). With a value that a preview doesn't
 * know yet, nothing is normalised (hasComputedValue).
 */
export function normalised(kind: Kind, inputs: Props): Props {
  if (kind !== "Secret" || hasUnknown(inputs)) return inputs;
  const { stringData, ...rest } = inputs;
  if (!isProps(stringData) || Object.keys(stringData).length === 0) return inputs;
  const encoded = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(String(text)).toString("base64")]);
  return { ...rest, data: { ...(isProps(rest.data) ? rest.data : {}), ...Object.fromEntries(encoded) } };
}
