/** What an account proves itself with. A value: whoever holds it decides where it may go, which is `registry/auth.ts`. */
export type Credentials =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** A refresh token (`identitytoken` in Docker's configuration): traded for access tokens at the registry's realm. */
  | { readonly kind: 'identity-token'; readonly token: string }
  /** An access token (`registrytoken`): sent to the registry as it is. */
  | { readonly kind: 'registry-token'; readonly token: string }
  | { readonly kind: 'anonymous' };
