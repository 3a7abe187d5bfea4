import assert from "node:assert/strict";
import { z } from "zod";
import { emptyAccount } from "./aws-world.ts";

const SECRET = "aws:secretsmanager/secret:Secret";
const VERSION = "aws:secretsmanager/secretVersion:SecretVersion";
const LIST = "aws:secretsmanager/getSecretVersions:getSecretVersions";
const READ = "aws:secretsmanager/getSecretVersion:getSecretVersion";
const listed = z.object({ versions: z.array(z.object({ versionId: z.string(), versionStages: z.array(z.string()) })) });

describe("a secret's versions in the sandbox", () => {
  const account = async () => {
    const { aws, create, update, read, handlerOf, ctxOf } = emptyAccount();
    const { id: secretId } = await create(SECRET, "s", { name: "staging/AFM_KEY" });
    const inputs = { secretId, secretString: "value-of-g1", versionStages: ["g1", "AWSCURRENT"] };
    const { id } = await create(VERSION, "g1", inputs);
    const invoke = async (token: string, args: Record<string, string | boolean>) =>
      (await aws.invoke?.(token, args)) ?? {};
    const labels = async () =>
      Object.fromEntries(
        listed
          .parse(await invoke(LIST, { secretId: "staging/AFM_KEY" }))
          .versions.map(({ versionId, versionStages }) => [versionId, versionStages]),
      );
    return { aws, handlerOf, ctxOf, invoke, labels, read, update, inputs, id, own: id.split("|")[1] ?? "" };
  };

  it("are listed with their labels and read by label, as the provider's data sources do", async () => {
    const { invoke, labels, own } = await account();
    assert.deepEqual(await labels(), { [own]: ["AWSCURRENT", "g1"] });
    const by = async (args: Record<string, string>) =>
      (await invoke(READ, { secretId: "staging/AFM_KEY", ...args })).secretString;
    assert.deepEqual(
      [await by({}), await by({ versionStage: "g1" }), await by({ versionId: own })],
      ["value-of-g1", "value-of-g1", "value-of-g1"],
    );
    await assert.rejects(by({ versionStage: "g2" }), /ResourceNotFoundException.*staging label: g2/);
    await assert.rejects(invoke(LIST, { secretId: "staging/NOBODY" }), /ResourceNotFoundException/);
  });

  it("may be somebody else's, who takes AWSCURRENT and leaves AWSPREVIOUS, and is in nobody's way", async () => {
    const { aws, invoke, labels, read, own, id } = await account();
    const unmanaged = aws.putUnmanagedVersion("staging/AFM_KEY");
    assert.deepEqual(await labels(), { [own]: ["AWSPREVIOUS", "g1"], [unmanaged]: ["AWSCURRENT"] });
    assert.deepEqual((await read(VERSION, id))?.versionStages, ["AWSPREVIOUS", "g1"]);
    assert.notEqual((await invoke(READ, { secretId: "staging/AFM_KEY" })).secretString, "value-of-g1");
    assert.throws(() => aws.putUnmanagedVersion("staging/NOBODY"), /ResourceNotFoundException/);
  });

  it("are read back with the labels that they have now, in the inputs too", async () => {
    const { aws, handlerOf, ctxOf, id } = await account();
    aws.putUnmanagedVersion("staging/AFM_KEY");
    const read = await handlerOf(VERSION).read(id, {}, ctxOf(VERSION, "g1"));
    assert.deepEqual(read?.inputs?.versionStages, ["AWSPREVIOUS", "g1"]);
    assert.equal(read?.inputs?.secretString, "value-of-g1");
  });

  it("that have lost every label are listed only where deprecated ones are asked for", async () => {
    const { aws, invoke, own } = await account();
    const [first] = [
      aws.putUnmanagedVersion("staging/AFM_KEY"),
      aws.putUnmanagedVersion("staging/AFM_KEY"),
      aws.putUnmanagedVersion("staging/AFM_KEY"),
    ];
    const ids = async (includeDeprecated: boolean) =>
      listed
        .parse(await invoke(LIST, { secretId: "staging/AFM_KEY", includeDeprecated }))
        .versions.map(({ versionId }) => versionId);
    assert.ok(!(await ids(false)).includes(first) && (await ids(false)).includes(own));
    assert.ok((await ids(true)).includes(first));
  });
});
