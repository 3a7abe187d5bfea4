import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { firstRelease } from "../../sandbox/app/pin.ts";

const fileSchema = z.object({
  config: z.looseObject({
    "production-runbooks:release": z.object({ image: z.string(), migrations: z.array(z.unknown()) }),
  }),
});

describe("the stack files' first release", () => {
  for (const stack of ["staging", "production"]) {
    it(`of ${stack} is version 1 of the workload as it stands (else: node sandbox/app/pin.ts)`, async () => {
      const text = await readFile(join(import.meta.dirname, `../../Pulumi.${stack}.yaml`), "utf8");
      const { image, migrations } = fileSchema.parse(parse(text)).config["production-runbooks:release"];
      assert.deepEqual({ image, migrations }, await firstRelease());
    });
  }
});
