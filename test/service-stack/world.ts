import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

const PROJECT = "production-runbooks-service";

/** A resource as the project asked for it. */
export interface Made {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

export const SETTINGS = {
  image: `registry.example.com/runbooks@sha256:${"0".repeat(64)}`,
  stacks: JSON.stringify([
    { stack: "staging", stage: "staging", namespace: "app-staging", gatewayNamespace: "gateway" },
    {
      stack: "production",
      stage: "production",
      namespace: "app-production",
      gatewayNamespace: "gateway",
      context: "arn:aws:eks:eu-west-1:123456789012:cluster/shop",
    },
  ]),
  backend: "s3://shop-state?region=eu-west-1&awssdk=v2",
  onCall: "Ada",
  cluster: "shop",
  records: "shop-{stage}-records",
};

let runs = 0;

/** Runs the project as the engine would; answers what it makes. @throws Error where its configuration isn't right */
export async function makeService(settings: Readonly<Record<string, string>> = SETTINGS): Promise<Made[]> {
  const made: Made[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: async ({ type, name, inputs }) => {
        made.push({ type, name, inputs: z.record(z.string(), z.unknown()).parse(inputs) });
        return { id: `${name}-id`, state: { ...inputs, arn: `arn:aws:made:${name}` } };
      },
      call: ({ token }) => {
        if (token.endsWith(":getCallerIdentity")) return { accountId: "123456789012" };
        return token.endsWith(":getPartition") ? { partition: "aws" } : { region: "eu-west-1" };
      },
    },
    PROJECT,
    "production",
    false,
    "organization",
  );
  pulumi.runtime.setAllConfig(
    Object.fromEntries(Object.entries(settings).map(([key, value]) => [`${PROJECT}:${key}`, value])),
  );
  runs += 1;
  await import(new URL(`../../runner/index.ts?run=${runs}`, import.meta.url).href);
  // Resources are registered in turns of the event loop: as many as it takes until none comes any more.
  for (let before = -1; before !== made.length; ) {
    before = made.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return made;
}
