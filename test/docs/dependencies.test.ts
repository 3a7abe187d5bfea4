import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import ts from "typescript";
import { z } from "zod";

const ROOT = join(import.meta.dirname, "../..");
const textOf = (file: string): string => readFileSync(join(ROOT, file), "utf8");
const versions = z.record(z.string(), z.string());
const manifest = z.object({ dependencies: versions, devDependencies: versions.default({}) });
const { dependencies, devDependencies } = manifest.parse(JSON.parse(textOf("package.json")));

/** What runs in production: the command, the program, the policies, the account's own program. */
const IN_PRODUCTION = "{bin,bootstrap,infra,policies,tools}/**/*.{ts,mjs}";
const BESIDE_PRODUCTION = "{sandbox,test,verification}/**/*.{ts,mjs}";

const packageOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

/** The packages that files import or resolve, types included, each with the files that do. */
function importedBy(pattern: string): Map<string, string[]> {
  const found = globSync(pattern, { cwd: ROOT }).flatMap((file) => {
    const text = textOf(file);
    const imported = ts.preProcessFile(text).importedFiles.map(({ fileName }) => fileName);
    const resolved = [...text.matchAll(/import\.meta\.resolve\("([^"]+)"\)/g)].map(([, name = ""]) => name);
    return [...imported, ...resolved]
      .filter((name) => !/^(\.|node:|file:)/.test(name))
      .map((name) => ({ name: packageOf(name), file }));
  });
  return new Map([...Map.groupBy(found, ({ name }) => name)].map(([name, all]) => [name, all.map(({ file }) => file)]));
}

/** Whether a file of these reads something of a package by its path in node_modules, or of those that it brings for a platform each. */
function isReadBy(pattern: string, name: string): boolean {
  const paths = [`node_modules/${name}/`, `@${name}/$`];
  return globSync(pattern, { cwd: ROOT }).some((file) => paths.some((path) => textOf(file).includes(path)));
}

/** The packages that a section of the page gives a reason for. */
function explained(section: string): string[] {
  const [, text = ""] = textOf("docs/architecture.md").split(`\n### ${section}\n`);
  const [table = ""] = text.split(/\n#/);
  return [...table.matchAll(/^\| ([^|]+) \| [^|]{20,} \|$/gm)].flatMap(([, names = ""]) =>
    [...names.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
  );
}

describe("dependencies", () => {
  const production = importedBy(IN_PRODUCTION);

  it("are imported in production by those files alone that find them in a production install", () => {
    const missing = [...production].filter(([name]) => dependencies[name] === undefined);
    assert.deepEqual(missing, []);
  });

  it("of production are imported there", () => {
    const unused = Object.keys(dependencies).filter((name) => !production.has(name));
    assert.deepEqual(unused, []);
  });

  it("of development are imported by the sandbox, the verification or the tests", () => {
    const beside = importedBy(BESIDE_PRODUCTION);
    const unused = Object.keys(devDependencies)
      .filter((name) => !name.startsWith("@types/"))
      .filter((name) => !beside.has(name) && !isReadBy(BESIDE_PRODUCTION, name));
    assert.deepEqual(unused, []);
    const missing = [...beside].filter(([name]) => (dependencies[name] ?? devDependencies[name]) === undefined);
    assert.deepEqual(missing, []);
  });

  it("each have their reason in docs/architecture.md, and nothing else has one", () => {
    assert.deepEqual(explained("What production needs").sort(), Object.keys(dependencies).sort());
    const development = explained("What the sandbox, the verification and the tests need");
    assert.deepEqual(development.sort(), Object.keys(devDependencies).sort());
  });

  it("of the policy pack are of the program's versions", () => {
    const pack = manifest.parse(JSON.parse(textOf("policies/package.json")));
    const own = Object.entries(dependencies).filter(([name]) => pack.dependencies[name] !== undefined);
    assert.deepEqual(pack.dependencies, Object.fromEntries(own));
    const missing = [...importedBy("policies/**/*.ts").keys()].filter((name) => pack.dependencies[name] === undefined);
    assert.deepEqual(missing, []);
  });
});
