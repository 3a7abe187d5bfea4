// The official Pulumi Kubernetes provider, unmodified: its module isn't a program by itself, since the schema that its
// own main embeds is generated. The engine asks an attached provider for its name and version alone.
package main

import "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"

const version = "4.34.2"

func main() {
	schema := []byte(`{"name":"kubernetes","version":"` + version + `"}`)
	provider.Serve("kubernetes", version, schema, []byte(`{}`))
}
