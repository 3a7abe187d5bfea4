//go:build tools

package traefik

import _ "github.com/traefik/traefik/v3/cmd/traefik"
