/** What CI's role trusts: GitHub's tokens of one repository and these environments, and nothing else (GitHub docs, OpenID Connect in AWS). */
export function trustOf(...environments: readonly string[]) {
  const issuer = "token.actions.githubusercontent.com";
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "GitHubEnvironment",
        Effect: "Allow",
        Principal: { Federated: `arn:<partition>:iam::<account>:oidc-provider/${issuer}` },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: {
            [`${issuer}:aud`]: "sts.amazonaws.com",
            [`${issuer}:sub`]: environments.map((environment) => `repo:<repository>:environment:${environment}`),
          },
        },
      },
    ],
  };
}
