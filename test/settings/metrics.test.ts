import assert from "node:assert/strict";
import { parseSettings } from "../../infra/settings/index.ts";
import { settingsWith } from "../program/fixtures/settings.ts";

describe("the settings of where requests are counted", () => {
  it("take an Application Load Balancer as a source of metrics, by the end of its ARN", () => {
    const metrics = { source: "aws-load-balancer", region: "eu-west-1", loadBalancer: "app/public/50dc6c495c0c9188" };
    const patient = { metrics, "gates.timeout": "10m" };
    assert.deepEqual(parseSettings(settingsWith(patient)).metrics, metrics);
    assert.throws(
      () => parseSettings(settingsWith({ metrics })),
      /gates\.timeout is "5m": is too short for metrics\.source: aws-load-balancer/,
    );
    const arn = `arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/${metrics.loadBalancer}`;
    assert.throws(
      () => parseSettings(settingsWith({ metrics: { ...metrics, loadBalancer: arn } })),
      /metrics\.loadBalancer is .*: write the end of its ARN, such as "app\//,
    );
  });
});
