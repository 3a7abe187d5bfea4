import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { judge, type Rule } from "../aws/inputs.ts";
import type { ProviderHandler, ResourceHandler } from "../handler.ts";
import type { Props } from "../wire.ts";
import { randomText } from "./text.ts";

const keepers = z.record(z.string(), z.string()).optional();
const least = z.int().min(0).default(0);
const included = z.boolean().default(true);
const byteLength = z.int().min(1).max(65_536);

const textInputs = z.strictObject({
  length: z.int().min(1),
  lower: included,
  upper: included,
  numeric: included,
  special: included,
  /** The old name of `numeric`. */
  number: z.boolean().optional(),
  minLower: least,
  minUpper: least,
  minNumeric: least,
  minSpecial: least,
  overrideSpecial: z.string().optional(),
  keepers,
});

const sumOf = (values: readonly unknown[]): number =>
  values.reduce<number>((sum, value) => sum + (typeof value === "number" ? value : 0), 0);

const textRules: readonly Rule[] = [
  {
    of: ["length", "minLower", "minUpper", "minNumeric", "minSpecial"],
    property: "length",
    broken: ({ length, minLower, minUpper, minNumeric, minSpecial }) =>
      typeof length === "number" && length < sumOf([minLower, minUpper, minNumeric, minSpecial]),
    reason: "is less than the sum of minLower, minUpper, minNumeric and minSpecial",
  },
  {
    of: ["lower", "upper", "numeric", "special", "number"],
    property: "length",
    broken: ({ lower, upper, numeric, number, special }) =>
      [lower, upper, numeric ?? number, special].every((kind) => kind === false),
    reason: "can't be reached: lower, upper, numeric and special are all false",
  },
];

function textOf(inputs: Props): string {
  const { number, ...options } = textInputs.parse(inputs);
  return randomText({ ...options, numeric: number ?? options.numeric });
}

/** A random type: its values are made once, and any change of its inputs makes a new resource. */
interface RandomType {
  schema: z.ZodType;
  rules?: readonly Rule[];
  secretOutputs: string[];
  make(inputs: Props): { id: string; outputs: Props };
}

const TEXT_DEFAULTS = { lower: true, upper: true, numeric: true, special: true };
const MIN_DEFAULTS = { minLower: 0, minUpper: 0, minNumeric: 0, minSpecial: 0 };

const TYPES: Record<string, RandomType> = {
  "random:index/randomPassword:RandomPassword": {
    schema: textInputs,
    rules: textRules,
    secretOutputs: ["result"],
    make: (inputs) => ({ id: "none", outputs: { ...TEXT_DEFAULTS, ...MIN_DEFAULTS, result: textOf(inputs) } }),
  },
  "random:index/randomString:RandomString": {
    schema: textInputs,
    rules: textRules,
    secretOutputs: [],
    make: (inputs) => {
      const result = textOf(inputs);
      return { id: result, outputs: { ...TEXT_DEFAULTS, ...MIN_DEFAULTS, result } };
    },
  },
  "random:index/randomId:RandomId": {
    schema: z.strictObject({ byteLength, prefix: z.string().optional(), keepers }),
    secretOutputs: [],
    make: ({ byteLength: size, prefix }) => {
      const bytes = randomBytes(z.number().parse(size));
      const before = typeof prefix === "string" ? prefix : "";
      const outputs = {
        b64Std: before + bytes.toString("base64"),
        b64Url: before + bytes.toString("base64url"),
        dec: before + BigInt(`0x${bytes.toString("hex")}`).toString(),
        hex: before + bytes.toString("hex"),
      };
      return { id: bytes.toString("base64url"), outputs };
    },
  },
  "random:index/randomBytes:RandomBytes": {
    schema: z.strictObject({ length: byteLength, keepers }),
    secretOutputs: ["base64", "hex"],
    make: ({ length }) => {
      const bytes = randomBytes(z.number().parse(length));
      return { id: "none", outputs: { base64: bytes.toString("base64"), hex: bytes.toString("hex") } };
    },
  },
};

function handlerOf(type: string, { schema, rules = [], secretOutputs, make }: RandomType): ResourceHandler {
  return {
    check: (inputs) => ({ inputs, failures: judge(type, schema, rules, inputs) }),
    diff: (olds, news) => {
      const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
      const replaces = keys.filter((key) => !isDeepStrictEqual(olds[key], news[key]));
      return { changes: replaces.length > 0 ? "some" : "none", replaces };
    },
    create: async (inputs) => {
      const { id, outputs } = make(inputs);
      return { id, outputs: { ...outputs, ...inputs }, secretOutputs };
    },
    // A random value lives in the stack's state and nowhere else.
    read: async (_id, props) => ({ outputs: props, secretOutputs }),
    update: async (_id, olds, news) => ({ outputs: { ...olds, ...news }, secretOutputs }),
    delete: async () => undefined,
  };
}

/** The `random` provider: real randomness, with the real provider's alphabets and limits; no bcrypt hash. */
export function createRandom(): ProviderHandler {
  const handlers = new Map(Object.entries(TYPES).map(([type, random]) => [type, handlerOf(type, random)]));
  return { name: "random", resource: (type) => handlers.get(type) };
}
