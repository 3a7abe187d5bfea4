import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { duration } from "../../infra/domain/durations.ts";

const FOLDER = new URL("../../.github/workflows/", import.meta.url);
const ACTION = new URL("../../.github/actions/runbook/action.yml", import.meta.url);
const PRODUCTION = new URL("../../Pulumi.production.yaml", import.meta.url);
const longest = z.object({
  config: z
    .object({
      "production-runbooks:canary": z.object({ steps: z.array(z.int()), stepFor: duration }),
      "production-runbooks:gates": z.object({ timeout: duration }),
    })
    .transform((config) => ({
      canary: config["production-runbooks:canary"],
      gates: config["production-runbooks:gates"],
    })),
});
const permissions = z.union([z.record(z.string(), z.string()), z.string()]).optional();
const runsOn = z.looseObject({ jobs: z.record(z.string(), z.looseObject({ "runs-on": z.string() })) });
const step = z.object({ uses: z.string().optional(), run: z.string().optional() });
const job = z.object({ permissions, "timeout-minutes": z.int(), steps: z.array(step) });
const workflow = z.object({ permissions, jobs: z.record(z.string(), job) });
const files = readdirSync(FOLDER).map((name) => ({ name, text: readFileSync(new URL(name, FOLDER), "utf8") }));

const concurrency = z.object({ group: z.string(), "cancel-in-progress": z.boolean() });
const withConcurrency = z.looseObject({
  concurrency: concurrency.optional(),
  jobs: z.record(z.string(), z.looseObject({ concurrency: concurrency.optional() })),
});

/** Every concurrency group of a workflow: its own, and its jobs'. */
function concurrencies(raw: unknown) {
  const { concurrency: own, jobs } = withConcurrency.parse(raw);
  return [own, ...Object.values(jobs).map((one) => one.concurrency)].filter((one) => one !== undefined);
}

/** Whether two groups may come out as the same text: an expression stands for anything. */
function mayMeet(one: string, other: string): boolean {
  const [fixed = "", theirs = ""] = [one, other].map((group) => group.split("${{")[0] ?? "");
  return fixed.startsWith(theirs) || theirs.startsWith(fixed);
}

describe("the workflows", () => {
  it("pin every action by its commit, and say which version that is", () => {
    for (const { name, text } of [...files, { name: "action.yml", text: readFileSync(ACTION, "utf8") }]) {
      for (const [line, action] of text.matchAll(/^\s*(?:- )?uses: (\S+).*$/gm)) {
        if (action?.startsWith("./")) continue;
        assert.match(line, /@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, `${name}: ${line}`);
      }
    }
  });

  it("give nothing by default, no job more than it needs, and each a limit of time", () => {
    for (const { name, text } of files) {
      const { permissions: shared, jobs } = workflow.parse(parse(text));
      assert.ok(typeof shared === "object" && Object.values(shared).every((level) => level === "read"), name);
      for (const [job, { permissions: own = {} }] of Object.entries(jobs)) {
        assert.ok(typeof own === "object", `${name} ${job}`);
        const writes = Object.entries(own)
          .filter(([, level]) => level === "write")
          .map(([scope]) => scope);
        const allowed = new Set(["id-token", "issues", "pull-requests"]);
        assert.deepEqual(
          writes.filter((scope) => !allowed.has(scope)),
          [],
          `${name} ${job}`,
        );
      }
    }
  });

  it("share no concurrency group: GitHub keeps one run that waits in a group and drops the others", () => {
    const groups = files.flatMap(({ name, text }) =>
      concurrencies(parse(text)).map(({ group, "cancel-in-progress": cancels }) => ({ name, group, cancels })),
    );
    const shared = groups.filter(({ name, group }) =>
      groups.some((other) => other.name !== name && mayMeet(group, other.group)),
    );
    assert.deepEqual(shared, []);
    const stacks = groups.filter(({ name }) => ["deploy.yml", "resume.yml", "operate.yml"].includes(name));
    assert.deepEqual(
      stacks.map(({ name, cancels }) => [name, cancels]),
      [
        ["deploy.yml", false],
        ["resume.yml", false],
      ],
      "nothing that touches a stack is stopped in the middle, and what a person starts waits for nobody",
    );
  });

  it("resume without a person: in an environment that no other workflow uses, and that none protects", () => {
    const used = (name: string) =>
      [...(files.find((file) => file.name === name)?.text ?? "").matchAll(/^ +environment: (.+)$/gm)].map(
        ([, environment]) => environment,
      );
    assert.match(used("resume.yml").join(" "), /^resume-\$\{\{ matrix\.stack \}\}$/);
    for (const { name } of files.filter((file) => file.name !== "resume.yml")) {
      for (const environment of used(name)) assert.doesNotMatch(environment ?? "", /^resume-/, name);
    }
    const trusted = readFileSync(new URL("../../docs/iam/ci-trust.json", import.meta.url), "utf8");
    for (const environment of ["<stage>", "resume-<stage>"]) {
      assert.ok(trusted.includes(`environment:${environment}"`), `CI's role doesn't trust ${environment}`);
    }
  });

  it("are on GitLab what they are on GitHub: a deep clone, no group for what a person starts", () => {
    const text = readFileSync(new URL("../../docs/gitlab.md", import.meta.url), "utf8");
    assert.match(text, /GIT_DEPTH: "0"/);
    assert.deepEqual(
      [...text.matchAll(/resource_group: (\S+)/g)].map(([, group]) => group),
      ["deploy-staging", "resume-$STACK"],
    );
    assert.match(text, /environment: resume-\$STACK/);
    assert.match(text, /process mode/);
  });

  it("last longer than the canary that they stay for, and so does their AWS session", () => {
    const { canary, gates } = longest.parse(parse(readFileSync(PRODUCTION, "utf8"))).config;
    const milliseconds = canary.steps.length * (canary.stepFor + gates.timeout);
    for (const name of ["resume.yml", "operate.yml"]) {
      const { text = "" } = files.find((file) => file.name === name) ?? {};
      for (const { "timeout-minutes": limit } of Object.values(workflow.parse(parse(text)).jobs)) {
        assert.ok(limit * 60_000 > 2 * milliseconds, `${name}: ${limit} minutes`);
      }
      const [, seconds] = /session-seconds: \$\{\{ vars\.AWS_SESSION_SECONDS \|\| '(\d+)' \}\}/.exec(text) ?? [];
      assert.ok(Number(seconds) * 1_000 > 2 * milliseconds, `${name}: ${seconds} seconds`);
    }
  });

  it("check on macOS too: with Homebrew's redis, the tests that aren't for Linux alone, and the demo", () => {
    const { text = "" } = files.find(({ name }) => name === "checks.yml") ?? {};
    const { macos } = workflow.parse(parse(text)).jobs;
    assert.match(runsOn.parse(parse(text)).jobs.macos?.["runs-on"] ?? "", /^macos-\d+$/);
    const steps = macos?.steps.map(({ run }) => run ?? "").join("\n") ?? "";
    for (const needed of [/brew install redis/, /-not -path 'test\/e2e\/\*'.*npm test --/, /npm run demo/])
      assert.match(steps, needed);
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    for (const told of [/Tried on Linux x64/, /macOS `brew install redis`/]) assert.match(readme, told);
  });

  it("hand people's texts to the shell as variables, never as part of a script", () => {
    for (const { name, text } of files) {
      for (const { steps } of Object.values(workflow.parse(parse(text)).jobs)) {
        for (const { run = "" } of steps) assert.doesNotMatch(run, /\$\{\{/, name);
      }
    }
  });
});
