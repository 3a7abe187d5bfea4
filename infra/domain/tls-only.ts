/** The policy of a bucket that is reached by TLS alone (pure). */
export function tlsOnly(arn: string) {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "RefuseWithoutTls",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [arn, `${arn}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  };
}
