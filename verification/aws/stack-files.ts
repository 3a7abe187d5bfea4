import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { NAMESPACE } from "../../infra/settings/index.ts";
import { ROOT } from "../../sandbox/commands/sandbox.ts";
import type { Given } from "./replay.ts";

const ids = z.array(z.string());
const fileSchema = z.looseObject({
  config: z.looseObject({
    [`${NAMESPACE}:network`]: z.looseObject({ vpcId: z.string(), subnetIds: ids, clientSecurityGroupIds: ids }),
  }),
});

/** What the stack files name of an account: made on moto before the first call. */
export async function givenIn(stages: readonly string[]): Promise<Given> {
  const networks = await Promise.all(
    stages.map(async (stage) => {
      const { config } = fileSchema.parse(parse(await readFile(join(ROOT, `Pulumi.${stage}.yaml`), "utf8")));
      return z
        .object({ vpcId: z.string(), subnetIds: ids, clientSecurityGroupIds: ids })
        .parse(config[`${NAMESPACE}:network`]);
    }),
  );
  return {
    vpcIds: networks.map(({ vpcId }) => vpcId),
    subnetIds: networks.flatMap(({ subnetIds }) => subnetIds),
    securityGroupIds: networks.flatMap(({ clientSecurityGroupIds }) => clientSecurityGroupIds),
  };
}
