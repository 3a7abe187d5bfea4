/** What CI's role trusts: GitHub's tokens of one repository and environment, and nothing else (GitHub docs, OpenID Connect in AWS). */
export function trustOf(environment: string) {
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
            [`${issuer}:sub`]: `repo:<repository>:environment:${environment}`,
          },
        },
      },
    ],
  };
}
