import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { processStart } from "../../../infra/clients/process-start.mjs";
import { createProject, type Project } from "../project.ts";

const PROGRAM = `
import { writeFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
interface Shape { at: number }
const shape: Shape = await Promise.resolve({ at: 40 });
const config = new pulumi.Config();
if (config.get("fail")) throw new Error("told to fail");
if (config.get("stay")) {
  writeFileSync("pids", \`\${process.ppid} \${process.pid}\`);
  await new Promise((resolve) => setTimeout(resolve, 600_000));
}
class Thing extends pulumi.ComponentResource {
  constructor(name: string) {
    super("tiny:index:Thing", name, { size: shape.at });
    this.registerOutputs({});
  }
}
new Thing("only");
console.log("dry run:", pulumi.runtime.isDryRun(), pulumi.getProject(), pulumi.getStack());
export const answer = shape.at + config.requireNumber("add");
export const hidden = config.requireSecret("hidden");
`;

const pack = (limit: number) => `
import { PolicyPack } from "@pulumi/policy";
const limit: number = ${limit};
new PolicyPack("tiny-pack", {
  policies: [{
    name: "size",
    description: "A thing has a size limit.",
    enforcementLevel: "mandatory",
    validateResource: ({ type, props }, report) => {
      if (type === "tiny:index:Thing" && props.size > limit) report(\`size \${props.size} is over \${limit}\`);
    },
  }],
});
`;

const occurrences = (text: string, part: string) => text.split(part).length - 1;

describe("the language host on the real engine", function () {
  this.timeout(120_000);
  let project: Project;

  before(async () => {
    project = await createProject(PROGRAM);
    await project.pulumi("config", "set", "add", "2", "--stack", "dev");
    await project.pulumi("config", "set", "hidden", "s3cret-text", "--secret", "--stack", "dev");
  });
  after(() => project.remove());
  afterEach(() => project.pulumi("config", "rm-all", "fail", "stay", "--stack", "dev"));

  it("previews and updates a TypeScript module with top-level await, its config and its secrets", async () => {
    const preview = await project.pulumi("preview", "--stack", "dev");
    assert.equal(preview.code, 0, preview.output);
    assert.match(preview.output, /dry run: true tiny dev/);
    assert.doesNotMatch(preview.output, /warning/i);

    const up = await project.pulumi("up", "--yes", "--stack", "dev");
    assert.equal(up.code, 0, up.output);
    assert.match(up.output, /dry run: false tiny dev/);
    assert.equal((await project.pulumi("stack", "output", "answer", "--stack", "dev")).output.trim(), "42");
    assert.match((await project.pulumi("stack", "output", "--stack", "dev")).output, /hidden\s+\[secret\]/);
    assert.equal((await project.pulumi("preview", "--expect-no-changes", "--stack", "dev")).code, 0);
  });

  it("shows a program's error once and fails", async () => {
    await project.pulumi("config", "set", "fail", "yes", "--stack", "dev");
    const { code, output } = await project.pulumi("preview", "--stack", "dev", "--diff");
    assert.notEqual(code, 0);
    assert.equal(occurrences(output, "Error: told to fail"), 1, output);
    assert.doesNotMatch(output, /exited with/);
  });

  it("refuses a runtime option that it can't honour", async () => {
    const settings = readFileSync(join(project.folder, "Pulumi.yaml"), "utf8");
    project.write("Pulumi.yaml", settings.replace("typescript: false", "typescript: true"));
    const { code, output } = await project.pulumi("preview", "--stack", "dev");
    project.write("Pulumi.yaml", settings);
    assert.notEqual(code, 0);
    assert.match(output, /typescript is true: set it to false in Pulumi\.yaml/);
  });

  it("runs a policy pack written in TypeScript, and a violation stops the preview", async () => {
    project.write(
      "pack/PulumiPolicy.yaml",
      "runtime: { name: nodejs, options: { typescript: false } }\nmain: index.ts\n",
    );
    project.write("pack/package.json", '{ "name": "pack", "version": "1.2.3", "type": "module", "main": "index.ts" }');
    project.write("pack/index.ts", pack(100));
    const allowed = await project.pulumi("preview", "--stack", "dev", "--policy-pack", "pack");
    assert.equal(allowed.code, 0, allowed.output);
    assert.match(allowed.output, /tiny-pack@v1\.2\.3/);

    project.write("pack/index.ts", pack(10));
    const refused = await project.pulumi("preview", "--stack", "dev", "--policy-pack", "pack");
    assert.notEqual(refused.code, 0);
    assert.match(refused.output, /\[mandatory\]\s+size/);
    assert.match(refused.output, /size 40 is over 10/);
  });

  it("says what is wrong with a pack that can't be loaded", async () => {
    project.write("pack/index.ts", 'throw new Error("this pack is broken");');
    const { code, output } = await project.pulumi("preview", "--stack", "dev", "--policy-pack", "pack");
    assert.notEqual(code, 0);
    assert.match(output, /this pack is broken/);
  });

  it("leaves, and takes the program with it, when the CLI is killed", async () => {
    await project.pulumi("config", "set", "stay", "yes", "--stack", "dev");
    const cli = project.start("preview", "--stack", "dev");
    const pids = join(project.folder, "infra", "pids");
    while (!existsSync(pids)) await delay(50);
    const [host, program] = readFileSync(pids, "utf8").split(" ").map(Number);
    assert.ok(host !== undefined && program !== undefined);
    assert.notEqual(processStart(host), null);
    cli.kill("SIGKILL");
    while (processStart(host) !== null || processStart(program) !== null) await delay(50);
  });
});
