package stack_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/stack"
)

// fleet writes a stack of many services with a Deployment, a Service and config
// in three layers each, for five clusters of which each has config of its own.
func fleet(t testing.TB, services int) string {
	t.Helper()
	root := t.TempDir()
	clusters := []string{"eu-1", "eu-2", "us-1", "us-2", "ap-1"}
	var file strings.Builder
	file.WriteString("stack: fleet\nregistries: [{push: localhost:5000/fleet}]\nservices:\n")
	base := "http { port = 8080, timeout = 10s }\ndb { host = db.internal, pool = 10, user = fleet }\nlog.level = info\n"
	for i := range 40 {
		base += fmt.Sprintf("features.feature-%02d { enabled = false, share = 0.%02d }\n", i, i)
	}
	write(t, filepath.Join(root, "config/base.conf"), base)
	for i := range services {
		name := fmt.Sprintf("service-%04d", i)
		fmt.Fprintf(&file, "  %s:\n    build: {go: .}\n    manifests: k8s/%s.yaml\n    config: {secrets: {DB_PASSWORD: {secret: db, key: password}}}\n", name, name)
		write(t, filepath.Join(root, "k8s", name+".yaml"), strings.ReplaceAll(fleetManifests, "NAME", name))
		write(t, filepath.Join(root, "config", name+".conf"), "include \"base\"\nname = "+name+"\ndb.schema = ${name}\ndb.password = ${DB_PASSWORD}\n")
		write(t, filepath.Join(root, "config/production", name+".conf"), "include \"../"+name+"\"\ndb { host = db.production, pool = 20 }\nlog.level = warn\n")
		for _, cluster := range clusters {
			write(t, filepath.Join(root, "config/production", cluster, name+".conf"), "include \"../"+name+"\"\nregion = "+cluster+"\n")
		}
	}
	file.WriteString("environments:\n  production: {channel: stable, clusters: [" + strings.Join(clusters, ", ") + "]}\n")
	write(t, filepath.Join(root, "slipway.yaml"), file.String())
	return root
}

const fleetManifests = `apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME}
spec:
  replicas: 2
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec:
      containers:
        - name: NAME
          image: NAME
          ports: [{name: http, containerPort: 8080}]
          readinessProbe: {httpGet: {path: /readyz, port: http}}
          resources: {requests: {cpu: 10m, memory: 16Mi}, limits: {memory: 32Mi}}
          volumeMounts: [{name: config, mountPath: /etc/NAME}]
      volumes: [{name: config, configMap: {name: NAME-config}}]
---
apiVersion: v1
kind: Service
metadata: {name: NAME}
spec:
  selector: {app: NAME}
  ports: [{name: http, port: 80, targetPort: http}]
`

func TestAFleetIsRenderedForEachCluster(t *testing.T) {
	t.Parallel()
	root := fleet(t, 10)
	rendered, err := render(t, root)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, cluster := range []string{"eu-1", "eu-2", "us-1", "us-2", "ap-1"} {
		services := rendered.In(cluster)
		if len(services) != 10 {
			t.Fatalf("%d services in %s", len(services), cluster)
		}
		for _, service := range services {
			if len(service.Objects) != 3 || service.Objects[0].Kind() != "ConfigMap" {
				t.Fatalf("%s in %s has %+v", service.Name, cluster, service.Objects)
			}
			names[service.Objects[0].Name()] = true
		}
	}
	if len(names) != 50 {
		t.Errorf("%d ConfigMaps, want one for each service and cluster", len(names))
	}
}

// BenchmarkFleet is a thousand services in five clusters, read and rendered.
func BenchmarkFleet(b *testing.B) {
	root := fleet(b, 1000)
	b.Run("Load", func(b *testing.B) {
		for b.Loop() {
			if _, err := stack.Load(root); err != nil {
				b.Fatal(err)
			}
		}
	})
	loaded, err := stack.Load(root)
	if err != nil {
		b.Fatal(err)
	}
	images := imagesOf(loaded)
	b.Run("RenderConfigs", func(b *testing.B) {
		for b.Loop() {
			if _, err := stack.RenderConfigs(root, loaded, loaded.Environments[0]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Render", func(b *testing.B) {
		for b.Loop() {
			if _, err := stack.Render(root, loaded, loaded.Environments[0], images); err != nil {
				b.Fatal(err)
			}
		}
	})
}
