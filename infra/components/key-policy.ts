/** Where a key lives, as its ARN says. */
interface KeyPlace {
  partition: string;
  region: string;
  account: string;
}

function placeOf(keyArn: string): KeyPlace {
  const [, partition = "", , region = "", account = ""] = keyArn.split(":");
  return { partition, region, account };
}

/** Who may use the stack's key: whom the account's own rules allow, CloudWatch Logs for our log groups, and alarms that page. */
export function keyPolicy(keyArn: string) {
  const { partition, region, account } = placeOf(keyArn);
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "AccountDecides",
        Effect: "Allow",
        Principal: { AWS: `arn:${partition}:iam::${account}:root` },
        Action: "kms:*",
        Resource: "*",
      },
      {
        Sid: "LogGroups",
        Effect: "Allow",
        Principal: { Service: `logs.${region}.amazonaws.com` },
        Action: ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
        Resource: "*",
        Condition: {
          ArnLike: {
            "kms:EncryptionContext:aws:logs:arn": `arn:${partition}:logs:${region}:${account}:log-group:/production-runbooks/*`,
          },
        },
      },
      {
        Sid: "Alarms",
        Effect: "Allow",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
        Resource: "*",
        Condition: { StringEquals: { "aws:SourceAccount": account } },
      },
    ],
  };
}
