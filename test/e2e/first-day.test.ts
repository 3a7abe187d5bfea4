import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { monthlyCosts, monthlySum } from "../../infra/teardown/costs.ts";
import { ACCOUNTS, databaseUrl, STAGES, type Stage } from "../../sandbox/cloud/accounts.ts";
import { exportsIn } from "../../verification/demo/sandbox.ts";
import { committed, runProgram } from "../../verification/mocks/program.ts";
import { resolved, revealed } from "../../verification/mocks/world.ts";
import { LANE_SANDBOX } from "../lanes.ts";
import { type Ran, ROOT, runbook } from "./world.ts";

const SANDBOX = { RUNBOOKS_SANDBOX: LANE_SANDBOX };
/** What the program and its commands are made of. */
const PARTS = [
  "infra",
  "policies",
  "sandbox",
  "bin",
  "bootstrap",
  "docs",
  "package.json",
  "tsconfig.json",
  "Pulumi.yaml",
];

/** The commands of the page's blocks, by the heading that they stand under. */
async function commandsOf(): Promise<Map<string, string[]>> {
  const page = await readFile(join(ROOT, "docs/first-day.md"), "utf8");
  const commands = new Map<string, string[]>();
  let heading = "";
  for (const line of page.split("\n")) {
    if (line.startsWith("#")) heading = line.replace(/^#+ /, "");
    if (line.startsWith("    ")) commands.set(heading, [...(commands.get(heading) ?? []), line.trim()]);
  }
  return commands;
}

/** The secret that somebody who is asked for it would type. */
function typed(command: string): string {
  const [, name = "", stack = ""] = /config set --secret (\w+) --stack (\w+)/.exec(command) ?? [];
  const stage = STAGES.find((one) => one === stack);
  if (stage === undefined) return "";
  const account = ACCOUNTS[stage];
  const values: Record<string, string> = {
    supabaseKey: account.supabaseKey,
    afmKey: account.afmKey,
    databaseUrl: databaseUrl(stage),
    syntheticPassword: account.syntheticPassword,
  };
  return values[name] ?? "";
}

/** A shell that goes on from line to line, as a person's does: its folder and its variables stay. */
function personIn(folder: string, env: NodeJS.ProcessEnv) {
  let at = folder;
  const goHome = (): void => {
    at = folder;
  };
  const variables: NodeJS.ProcessEnv = { ...process.env, ...env };
  const run = async (line: string): Promise<Ran> => {
    const [, into] = /^cd (.+)$/.exec(line) ?? [];
    if (into !== undefined) at = join(at, into);
    const [, name, value = ""] = /^export (\w+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined) variables[name] = value;
    if (into !== undefined || name !== undefined) return { code: 0, stdout: "", stderr: "" };
    const command = line.replace(/^npx --no-install runbook/, `"${process.execPath}" bin/runbook.ts`);
    const child = spawn("bash", ["-c", command], { cwd: at, env: variables, stdio: ["pipe", "pipe", "pipe"] });
    child.stdin.end(typed(line));
    const output = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output.stderr += text;
    });
    const code = await new Promise<number>((resolve) => child.once("close", (status) => resolve(status ?? 255)));
    return { code, ...output };
  };
  return { run, goHome };
}

describe("a first day on an account", function () {
  this.timeout(900_000);
  let room: string;
  let person: ReturnType<typeof personIn>;
  const run = (line: string): Promise<Ran> => person.run(line);
  let commands: Map<string, string[]>;
  const under = (heading: string): string[] => {
    const found = [...commands].find(([title]) => title.startsWith(heading))?.[1];
    assert.ok(found !== undefined, heading);
    return found.filter((line) => !line.startsWith("pulumi login"));
  };
  const must = async (line: string): Promise<Ran> => {
    const ran = await run(line);
    assert.equal(ran.code, 0, `${line}\n${ran.stdout}${ran.stderr}`);
    return ran;
  };

  before(async () => {
    commands = await commandsOf();
    const up = await runbook(["sandbox", "up"], SANDBOX);
    assert.equal(up.code, 0, up.stderr);
    room = await mkdtemp(join(tmpdir(), "first-day-"));
    for (const part of [...PARTS, ...STAGES.map((stage) => `Pulumi.${stage}.yaml`)])
      await cp(join(ROOT, part), join(room, part), { recursive: true });
    await symlink(join(ROOT, "node_modules"), join(room, "node_modules"));
    const env = exportsIn((await runbook(["sandbox", "env"], SANDBOX)).stdout);
    await mkdir(join(room, "backend"));
    person = personIn(room, { ...env, PULUMI_BACKEND_URL: `file://${join(room, "backend")}` });
  });
  beforeEach(() => person.goHome());
  after(async () => {
    await runbook(["sandbox", "down", "--purge"], SANDBOX);
    await rm(room, { recursive: true, force: true });
  });

  it("makes the account's own part, and says what the next steps take", async () => {
    let shown = "";
    for (const line of under("1. The account")) {
      // The sandbox has the stacks' keys before anything else: its stack files are encrypted with them.
      if (line.startsWith("pulumi up")) await must("pulumi config set stackKeys there --stack account");
      shown = (await must(line)).stdout || shown;
    }
    assert.match(shown, /s3:\/\/production-runbooks-state-123456789012-eu-west-1\?region=eu-west-1/);
    assert.match(shown, /s3:\/\/shop-\{stage\}-records-123456789012/);
    assert.match(shown, /arn:aws:iam::123456789012:role\/shop-production-runner/);
    assert.match(shown, /arn:aws:iam::123456789012:role\/shop-staging-preview/);
  });

  it("takes your names and secrets", async () => {
    for (const line of under("2. Your names")) await must(line);
  });

  /** What doctor has to find in order before the first update already; all else it may call missing, with a remedy that is none of `create the bucket`. */
  const lookedAt = (ran: Ran): void => {
    assert.ok([0, 2].includes(ran.code), ran.stdout + ran.stderr);
    for (const check of ["Node", "Pulumi CLI", "backend", "AWS credentials"])
      assert.match(ran.stdout, new RegExp(`^ok +${check} `, "m"));
    for (const stage of STAGES)
      for (const check of ["settings", "secrets provider", "cluster", "Gateway", "records"])
        assert.match(ran.stdout, new RegExp(`^ok +${check} of ${stage} `, "m"), ran.stdout);
    assert.doesNotMatch(ran.stdout, /create (it|the bucket)|aws s3 mb/);
  };

  it("is looked at before and after the first update, which makes both stages", async () => {
    let last = "";
    for (const line of under("3. Check")) {
      if (line.includes("doctor")) lookedAt(await run(line));
      else last = (await must(line)).stdout;
    }
    assert.match(last, /100 % {2}2026\.11\.22-1/);
    const settled = await run("pulumi preview --stack staging --expect-no-changes");
    assert.equal(settled.code, 0, settled.stdout);
  });

  it("takes the names of another account and of another partition", async () => {
    for (const line of [...under("In two accounts"), ...under("In another partition")]) await must(line);
    const files = await Promise.all(STAGES.map((stage) => readFile(join(room, `Pulumi.${stage}.yaml`), "utf8")));
    assert.match(files[0] ?? "", /secretsprovider: awskms:\/\/\/arn:aws-us-gov:kms:us-gov-west-1:/);
    assert.match(files[0] ?? "", /aws:region: us-gov-west-1/);
    assert.match(files[1] ?? "", /secretsprovider: awskms:\/\/\/arn:aws:kms:eu-central-1:/);
  });
});

describe("the costs that docs/first-day.md names", () => {
  const pricesOf = async (stack: Stage) => {
    const { world, outputs } = await runProgram({ settings: committed(stack), world: { stack } });
    await resolved(outputs.releaseState);
    const props = z.record(z.string(), z.unknown());
    return monthlyCosts(world.registered.map(({ type, inputs }) => ({ type, inputs: props.parse(revealed(inputs)) })));
  };

  for (const stack of STAGES) {
    it(`are those of ${stack}'s resources`, async () => {
      const page = await readFile(join(ROOT, "docs/first-day.md"), "utf8");
      const own = page.slice(page.indexOf(`| ${stack} `)).split("\n\n")[0] ?? "";
      const rows = own
        .split("\n")
        .slice(2)
        .map((row) =>
          row
            .split("|")
            .slice(1, 3)
            .map((cell) => cell.trim()),
        );
      const costs = await pricesOf(stack);
      const expected = costs.map(({ what, monthly }) => [what, monthly.toFixed(2)]);
      assert.deepEqual(rows, [...expected, ["together", String(monthlySum(costs))]]);
    });
  }
});
