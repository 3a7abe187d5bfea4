import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stacksOfStage } from "../../infra/stack/stacks-of-stage.ts";

describe("the stacks of a stage", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "stacks-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const stack = (name: string, text: string) => writeFile(join(folder, `Pulumi.${name}.yaml`), text);

  it("are those whose settings name it, whatever they are called", async () => {
    await stack("eu-test", "config:\n  production-runbooks:stage: staging\n");
    await stack("staging", "config:\n  production-runbooks:stage: production\n");
    await stack("other", "config:\n  elsewhere:stage: staging\n");
    await stack("empty", "");
    await writeFile(join(folder, "Pulumi.yaml"), "name: production-runbooks\n");
    assert.deepEqual(await stacksOfStage(folder, "staging"), ["eu-test"]);
    assert.deepEqual(await stacksOfStage(folder, "production"), ["staging"]);
  });

  it("aren't guessed where a file is no YAML, or the folder can't be read", async () => {
    await stack("broken", "config: [\n");
    await assert.rejects(stacksOfStage(folder, "staging"), /Pulumi\.broken\.yaml: this is no YAML/);
    await assert.rejects(stacksOfStage(join(folder, "absent"), "staging"), { code: "ENOENT" });
  });
});
