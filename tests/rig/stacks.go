package rig

import (
	"fmt"
	"strings"
)

// Service is a service of a test's stack.
type Service struct {
	Name  string
	Kind  string // Deployment, unless given
	Needs []string
	// Built services are compiled from the stack's Go module; others bring an
	// image that nobody pulls, as pods are simulated.
	Built bool
	// Annotations of the pod template, which say how its pods behave.
	Annotations map[string]string
	Replicas    int // 2, unless given
	// Image of a service that is not built; it stands for the revision.
	Image string
	// Spec is appended to the workload's spec, indented by two.
	Spec string
}

// Stack is a small stack for a test.
type Stack struct {
	Name         string
	Registry     string
	Environments map[string]Environment
	Services     []Service
}

// Environment of a test's stack.
type Environment struct {
	Channel   string
	Clusters  []string
	Namespace string
	Deadline  string
	// More is other fields as slipway.yaml has them, each on a line: "order: inTurn".
	More []string
}

// Image is a reference for services that are not built, which tells the revision.
// Nobody pulls it, as pods are simulated.
func Image(revision string) string { return "registry.example/revision:" + revision }

// Revise makes the next revision of all services that are not built.
func (s *Stack) Revise(revision string) {
	for i := range s.Services {
		s.Services[i].Image = Image(revision)
	}
}

// Files gives the files of the stack's repository.
func (s Stack) Files() map[string]string {
	files := map[string]string{"slipway.yaml": s.file()}
	for _, service := range s.Services {
		files[service.Name+"/k8s.yaml"] = service.manifest()
		if service.Built {
			files["go.mod"] = "module example.com/" + s.Name + "\n\ngo 1.26.0\n"
			files[service.Name+"/main.go"] = fmt.Sprintf("// Command %[1]s serves nothing.\npackage main\n\nfunc main() { println(%[1]q) }\n", service.Name)
		}
	}
	return files
}

func (s Stack) file() string {
	var b strings.Builder
	fmt.Fprintf(&b, "stack: %s\nregistries:\n  - push: %s\nservices:\n", s.Name, s.Registry)
	for _, service := range s.Services {
		fmt.Fprintf(&b, "  %s:\n    manifests: %s/k8s.yaml\n", service.Name, service.Name)
		if service.Built {
			fmt.Fprintf(&b, "    build: {go: ./%s}\n", service.Name)
		}
		if len(service.Needs) > 0 {
			fmt.Fprintf(&b, "    needs: [%s]\n", strings.Join(service.Needs, ", "))
		}
	}
	b.WriteString("environments:\n")
	for name, e := range s.Environments {
		fmt.Fprintf(&b, "  %s:\n    channel: %s\n    clusters: [%s]\n    namespace: %s\n    deadline: %s\n",
			name, e.Channel, strings.Join(e.Clusters, ", "), e.Namespace, e.Deadline)
		for _, line := range e.More {
			b.WriteString("    " + line + "\n")
		}
	}
	return b.String()
}

func (s Service) manifest() string {
	kind := s.Kind
	if kind == "" {
		kind = "Deployment"
	}
	replicas := s.Replicas
	if replicas == 0 {
		replicas = 2
	}
	image := s.Image
	if s.Built || image == "" {
		image = s.Name
	}
	var b strings.Builder
	fmt.Fprintf(&b, `apiVersion: v1
kind: Service
metadata:
  name: %[1]s
spec:
  selector: {app: %[1]s}
  ports: [{port: 80, targetPort: 8080}]
---
apiVersion: apps/v1
kind: %[2]s
metadata:
  name: %[1]s
spec:
`, s.Name, kind)
	if kind != "DaemonSet" {
		fmt.Fprintf(&b, "  replicas: %d\n", replicas)
	}
	if kind == "StatefulSet" {
		fmt.Fprintf(&b, "  serviceName: %s\n", s.Name)
	}
	b.WriteString(s.Spec)
	fmt.Fprintf(&b, "  selector:\n    matchLabels: {app: %[1]s}\n  template:\n    metadata:\n      labels: {app: %[1]s}\n", s.Name)
	if len(s.Annotations) > 0 {
		b.WriteString("      annotations:\n")
		for key, value := range s.Annotations {
			fmt.Fprintf(&b, "        %s: %q\n", key, value)
		}
	}
	fmt.Fprintf(&b, "    spec:\n      terminationGracePeriodSeconds: 0\n      containers:\n        - name: main\n          image: %s\n", image)
	return b.String()
}
