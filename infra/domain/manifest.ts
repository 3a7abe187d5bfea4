import { z } from "zod";
import { badInput } from "../errors.ts";
import { expectation, pathText, SAYS_VALUE, saysValue, shown, valueAt } from "./problems.ts";

const DIGEST_REFERENCE = /^[^\s@]+@sha256:[0-9a-f]{64}$/;
const SHA256 = /^[0-9a-f]{64}$/;

/** One migration as the manifest lists it: `sha256` is of the file, up and down together. */
export const migrationSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, "use letters, digits, '_', '-' and '.', as in the file's name without .sql"),
  sha256: z.string().regex(SHA256, "must be the file's sha256, 64 hexadecimal digits"),
  phase: z.enum(["expand", "contract"]),
  reversible: z.enum(["yes", "lossy", "no"]),
});

const command = z.array(z.string().min(1)).min(1, "name at least the program");

/** The release manifest: what CI writes for an image, and all that a deploy needs to know of it. */
export const manifestSchema = z.strictObject({
  version: z.string().min(1).max(60),
  image: z.string().superRefine((image, context) => {
    if (DIGEST_REFERENCE.test(image)) return;
    context.addIssue({
      code: "custom",
      params: SAYS_VALUE,
      message: `"${image}" is not pinned by digest: a tag can move, so write NAME@sha256:<64 hexadecimal digits>`,
    });
  }),
  commit: z.string().regex(/^[0-9a-f]{7,64}$/, "must be a commit's hash, 7 to 64 hexadecimal digits"),
  database: z.strictObject({
    migrate: z.strictObject({ up: command, down: command }),
    backup: z.strictObject({ create: command, restore: command }),
  }),
  migrations: z.array(migrationSchema).superRefine((migrations, context) => {
    const firstAt = new Map<string, number>();
    for (const [index, { id }] of migrations.entries()) {
      const first = firstAt.get(id);
      if (first === undefined) firstAt.set(id, index);
      else
        context.addIssue({
          code: "custom",
          path: [index, "id"],
          params: SAYS_VALUE,
          message: `"${id}" is already listed at [${first}]: list each migration once`,
        });
    }
  }),
});

export type Migration = z.infer<typeof migrationSchema>;
export type Manifest = z.infer<typeof manifestSchema>;

/** Turns zod's issues into sentences that begin with where the problem stands. */
export function problemsOf(error: z.ZodError, prefix: string): string[] {
  return error.issues.map(({ path, message }) => {
    const where = pathText(path);
    return `${prefix}${where === "" ? "" : `${where}: `}${message}`;
  });
}

/** Each problem of a manifest: the field, its value, what is wrong and the remedy (pure). */
function manifestProblems(error: z.ZodError, name: string, raw: unknown): string[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map(
        (key) =>
          `${name}${pathText([...issue.path, key])}: a manifest has no such field: remove it, or correct its name`,
      );
    }
    const where = pathText(issue.path);
    const value = valueAt(raw, issue.path);
    if (where === "") return [`${name}${shown(value)} is no manifest: write one with \`runbook manifest\``];
    if (value === undefined) return [`${name}${where} is missing: ${issue.message}`];
    if (saysValue(issue)) return [`${name}${where}: ${issue.message}`];
    return [`${name}${where} is ${shown(value)}: ${issue.message}`];
  });
}

/**
 * Checks what stands in a manifest.
 * @param name what each problem begins with
 * @throws Refusal (exit 2) with every problem at once
 */
export function checkManifest(raw: unknown, name: string): Manifest {
  const result = manifestSchema.safeParse(raw, { error: expectation });
  if (result.success) return result.data;
  throw badInput(...manifestProblems(result.error, name, raw));
}

/** The digest alone, which is what identifies an image. */
export function digestOf(image: string): string {
  return image.slice(image.indexOf("@") + 1);
}

/**
 * Holds a manifest's migrations against those that the database has.
 * @returns every problem: one that is missing, in another place, or whose file has changed since it was applied
 */
export function migrationProblems(applied: readonly Migration[], listed: readonly Migration[]): string[] {
  const places = new Map(listed.map((migration, index) => [migration.id, index]));
  const problems: string[] = [];
  for (const [index, migration] of applied.entries()) {
    const place = places.get(migration.id);
    if (place === undefined) {
      problems.push(
        `migrations: "${migration.id}" is applied in the database but missing from the manifest: add its file back`,
      );
      continue;
    }
    if (place !== index) {
      problems.push(
        `migrations[${place}]: "${migration.id}" was applied as number ${index + 1} but is listed as number ${place + 1}: keep the applied order, new ones go last`,
      );
    }
    const sha256 = listed[place]?.sha256;
    if (sha256 !== migration.sha256) {
      problems.push(
        `migrations[${place}].sha256: the file of "${migration.id}" has changed since it was applied (${migration.sha256.slice(0, 12)} then, ${sha256?.slice(0, 12)} now): restore it and write a new migration instead`,
      );
    }
  }
  return problems;
}
