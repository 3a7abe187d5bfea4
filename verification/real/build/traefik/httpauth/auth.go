// Package auth takes the place of a fork that the module proxy doesn't serve. Nothing here configures Traefik's basic or
// digest authentication; if something did, every request would be refused.
package auth

import "net/http"

// SecretProvider finds a user's secret.
type SecretProvider func(user, realm string) string

// BasicAuth refuses every request.
type BasicAuth struct {
	Realm   string
	Secrets SecretProvider
}

// DigestAuth refuses every request.
type DigestAuth struct{}

// NewDigestAuthenticator returns an authenticator that refuses every request.
func NewDigestAuthenticator(string, SecretProvider) *DigestAuth { return &DigestAuth{} }

// CheckSecret accepts no password.
func CheckSecret(string, string) bool { return false }

// DigestAuthParams finds no parameters.
func DigestAuthParams(string) map[string]string { return nil }

// RequireAuth answers 401.
func (*BasicAuth) RequireAuth(w http.ResponseWriter, _ *http.Request) { refuse(w) }

// RequireAuth answers 401.
func (*DigestAuth) RequireAuth(w http.ResponseWriter, _ *http.Request) { refuse(w) }

// RequireAuthStale answers 401.
func (*DigestAuth) RequireAuthStale(w http.ResponseWriter, _ *http.Request) { refuse(w) }

// CheckAuth knows nobody.
func (*DigestAuth) CheckAuth(*http.Request) (string, *string) { return "", nil }

func refuse(w http.ResponseWriter) {
	http.Error(w, http.StatusText(http.StatusUnauthorized), http.StatusUnauthorized)
}
