package sourcetest

import "strings"

// Shop gives the files of a small stack without dependencies: catalog and front,
// which are built, and front needs catalog. Images go to the registries, each
// given as host/path; environments are test (snapshot), staging (rc) and
// production (stable).
func Shop(registries ...string) map[string]string {
	push := ""
	for _, registry := range registries {
		push += "  - push: " + registry + "\n"
	}
	return map[string]string{
		"slipway.yaml": strings.ReplaceAll(stackFile, "REGISTRIES", push),
		"go.mod":       "module example.com/shop\n\ngo 1.26\n",
		"README.md":    "The shop.\n",

		"catalog/main.go":             program("catalog"),
		"catalog/greeting.txt":        "hello\n",
		"catalog/k8s/deployment.yaml": deployment("catalog"),
		"front/main.go":               program("front"),
		"front/greeting.txt":          "welcome\n",
		"front/k8s/deployment.yaml":   deployment("front"),
		"text/text.go":                "// Package text is shared.\npackage text\n\n// Line ends with a period.\nfunc Line(s string) string { return s + \".\" }\n",
	}
}

const stackFile = `stack: shop
registries:
REGISTRIESservices:
  catalog:
    build: {go: ./catalog}
    manifests: catalog/k8s
  front:
    build: {go: ./front}
    manifests: front/k8s
    needs: [catalog]
environments:
  test:
    channel: snapshot
    clusters: [local-1]
    namespace: shop-test
  staging:
    channel: rc
    clusters: [local-1]
    namespace: shop-staging
  production:
    channel: stable
    clusters: [local-1]
`

func program(service string) string {
	return strings.ReplaceAll(`package main

import (
	_ "embed"
	"os"

	"example.com/shop/text"
)

//go:embed greeting.txt
var greeting string

func main() { os.Stdout.WriteString(text.Line("SERVICE: " + greeting)) }
`, "SERVICE", service)
}

func deployment(service string) string {
	return strings.ReplaceAll(`apiVersion: apps/v1
kind: Deployment
metadata:
  name: SERVICE
spec:
  replicas: 2
  selector:
    matchLabels: {app: SERVICE}
  template:
    metadata:
      labels: {app: SERVICE}
    spec:
      containers:
        - name: SERVICE
          image: SERVICE
`, "SERVICE", service)
}
