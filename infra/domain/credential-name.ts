/** What a credential made by a change is called at its issuer: small letters, digits and `_`, as the strictest of them asks (pure). */
export function credentialName(change: string): string {
  return change.toLowerCase().replaceAll(/[^a-z0-9_]/g, "_");
}
