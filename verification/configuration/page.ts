import { z } from "zod";
import { settingsSchema } from "../../infra/settings/schema.ts";
import { secretsSchema } from "../../infra/settings/secrets.ts";
import { EFFECTS } from "./effects.ts";

const nodeSchema = z.looseObject({
  type: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  default: z.unknown().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  format: z.string().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).default([]),
  additionalProperties: z.unknown().optional(),
  items: z.unknown().optional(),
  oneOf: z.array(z.unknown()).optional(),
  anyOf: z.array(z.unknown()).optional(),
});
type Node = z.infer<typeof nodeSchema>;

const programSchema = z.object({
  config: z.record(
    z.string(),
    z.object({ description: z.string(), secret: z.boolean().optional(), default: z.unknown().optional() }),
  ),
});

/** A key of the settings, with what it takes. */
interface Row {
  key: string;
  takes: string;
  unset: string;
}

const parse = (raw: unknown): Node => nodeSchema.parse(raw);
const code = (value: unknown): string => `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;

function range({ minimum, maximum }: Node): string {
  const top = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? null : maximum;
  if (minimum !== undefined && top !== null) return `${minimum} to ${top}`;
  if (minimum !== undefined) return `${minimum} or more`;
  return top === null ? "" : `${top} at most`;
}

function takes(node: Node): string {
  if (node.const !== undefined) return code(node.const);
  if (node.enum !== undefined) return node.enum.map(code).join(", ");
  switch (node.type) {
    case "integer":
    case "number":
      return `number, ${range(node)}`.replace(/, $/, "");
    case "boolean":
      return "`true`, `false`";
    case "array":
      return `list of ${takes(parse(node.items ?? {}))}`;
    case "object":
      return "map";
    default:
      return node.format === "uri" ? "address" : "text";
  }
}

function unset(node: Node, required: boolean): string {
  if (required) return "must be set";
  const empty = JSON.stringify(node.default);
  return node.default === undefined || empty === "{}" || empty === "[]" ? "-" : code(node.default);
}

/** The variants of a node: a choice between several maps has several. */
const variants = (node: Node): Node[] => (node.oneOf ?? node.anyOf ?? []).map(parse);

function rowsOf(key: string, node: Node, required: boolean): Row[] {
  const choices = variants(node);
  if (choices.some(({ properties }) => properties !== undefined)) {
    return merged(choices.flatMap((choice) => rowsOf(key, choice, required)));
  }
  if (node.properties !== undefined) {
    return Object.entries(node.properties).flatMap(([name, child]) =>
      rowsOf(`${key}.${name}`, parse(child), node.required.includes(name) && required),
    );
  }
  const item = node.type === "array" ? parse(node.items ?? {}) : null;
  if (item !== null && (item.properties !== undefined || variants(item).length > 0)) {
    const nested = rowsOf(`${key}[]`, item, true);
    if (nested.some(({ key: name }) => name !== `${key}[]`)) return nested;
  }
  const kinds = choices.length > 0 ? [...new Set(choices.map(takes))].join(" or ") : takes(node);
  return [{ key, takes: kinds, unset: unset(node, required) }];
}

/** Rows of the same key as one: what any of the variants takes. */
function merged(rows: readonly Row[]): Row[] {
  const byKey = new Map<string, Row[]>();
  for (const row of rows) byKey.set(row.key, [...(byKey.get(row.key) ?? []), row]);
  return [...byKey].map(([key, same]) => ({
    key,
    takes: [...new Set(same.flatMap((row) => row.takes.split(", ")))].join(", "),
    unset:
      same.length === rows.length || same.every((row) => row.unset === same[0]?.unset) ? (same[0]?.unset ?? "-") : "-",
  }));
}

const HEAD = `# Configuration

Every key of a stack file (\`Pulumi.STACK.yaml\`), under \`production-runbooks:\`. Written by \`npm run configuration\` from the schema that parses it
(\`infra/settings/schema.ts\`) and from \`Pulumi.yaml\`. A wrong value is refused with its path and the remedy, all at once. Durations are
written \`500ms\`, \`30s\`, \`5m\`, \`24h\` or \`90d\`.
`;

/** The page of all settings: what each key takes, what holds where it isn't set, and what a change of it does. @throws where a key or a secret has no words for that */
export function configurationPage(program: unknown): string {
  const { config } = programSchema.parse(program);
  const schema = parse(z.toJSONSchema(settingsSchema, { io: "input", unrepresentable: "any" }));
  const keys = Object.entries(schema.properties ?? {});
  const sections = keys.map(([name, raw]) => {
    const rows = rowsOf(name, parse(raw), schema.required.includes(name));
    const effect = EFFECTS[name];
    if (effect === undefined) throw new Error(`verification/configuration/effects.ts says nothing of ${name}`);
    return [
      `## ${name}`,
      "",
      ...(config[name] === undefined ? [] : [config[name].description.trim(), ""]),
      `**A change** ${effect}`,
      "",
      "| key | value | default |",
      "| --- | --- | --- |",
      ...rows.map(
        (row) => `| \`${row.key}\` | ${row.takes.replaceAll("|", "\\|")} | ${row.unset.replaceAll("|", "\\|")} |`,
      ),
      "",
    ].join("\n");
  });
  const untold = Object.keys(secretsSchema.shape).filter((name) => config[name] === undefined);
  if (untold.length > 0) throw new Error(`Pulumi.yaml has no key ${untold.join(", ")}: say there what each secret is`);
  const secrets = Object.entries(config).filter(([name]) => !keys.some(([known]) => known === name));
  const table = [
    "## Secrets",
    "",
    "Set with `pulumi config set --secret NAME`, which asks for the value. A changed one is used by the next release; running pods keep theirs.",
    "",
    "| secret | what it is | must it be set |",
    "| --- | --- | --- |",
    ...secrets.map(
      ([name, { description, secret }]) =>
        `| \`${name}\` | ${description.trim()} | ${secret === true ? "yes" : "no"} |`,
    ),
    "",
  ].join("\n");
  return [HEAD, ...sections, table].join("\n");
}
