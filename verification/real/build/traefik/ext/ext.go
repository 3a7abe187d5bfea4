// Package ext takes the place of a module of Traefik's repository that the module proxy doesn't serve: extension points of
// its configuration, which nothing here uses.
package ext

// HTTP has no fields: nothing extends the HTTP configuration here.
type HTTP struct{}

// Router has no fields: nothing extends a router here.
type Router struct{}
