package cluster

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/slipway-dev/slipway/deploy/local/credentials"
	"github.com/slipway-dev/slipway/deploy/local/simulation"
)

// Context is one entry of a kubeconfig: a cluster and the user to it.
type Context struct {
	Name, Server, Token string
}

var kubeconfigTemplate = template.Must(template.New("kubeconfig").Parse(`apiVersion: v1
kind: Config
current-context: {{ (index .Contexts 0).Name }}
clusters:
{{- range .Contexts }}
- name: {{ .Name }}
  cluster:
    server: {{ .Server }}
    certificate-authority-data: {{ $.Authority }}
{{- end }}
users:
{{- range .Contexts }}
- name: {{ .Name }}
  user:
    token: {{ .Token }}
{{- end }}
contexts:
{{- range .Contexts }}
- name: {{ .Name }}
  context:
    cluster: {{ .Name }}
    user: {{ .Name }}
{{- end }}
`))

// WriteKubeconfig writes a kubeconfig with the given contexts, the first of
// them current, or leaves what was there.
func WriteKubeconfig(name string, set *credentials.Set, contexts ...Context) error {
	authority, err := os.ReadFile(set.CA)
	if err != nil {
		return fmt.Errorf("writing kubeconfig: %w", err)
	}
	var content strings.Builder
	err = kubeconfigTemplate.Execute(&content, map[string]any{
		"Authority": base64.StdEncoding.EncodeToString(authority),
		"Contexts":  contexts,
	})
	if err != nil {
		return fmt.Errorf("writing kubeconfig: %w", err)
	}
	unfinished := name + ".new"
	if err := os.WriteFile(unfinished, []byte(content.String()), 0o600); err != nil {
		return fmt.Errorf("writing kubeconfig: %w", err)
	}
	return os.Rename(unfinished, name)
}

// Prepare writes the files that the components read: a kubeconfig each, past
// the proxy, and the stages of the simulated nodes and pods.
func (c *Cluster) Prepare() error {
	if err := os.MkdirAll(c.directory, 0o700); err != nil {
		return fmt.Errorf("preparing cluster %s: %w", c.Name, err)
	}
	for _, user := range []string{"kube-controller-manager", "kube-scheduler", "kwok"} {
		entry := Context{Name: c.Name, Server: c.Direct(), Token: c.credentials.Tokens[user]}
		if err := WriteKubeconfig(c.file(user+".kubeconfig"), c.credentials, entry); err != nil {
			return err
		}
	}
	stages, err := simulation.Stages()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Clean(c.file("stages.yaml")), stages, 0o600); err != nil {
		return fmt.Errorf("preparing cluster %s: %w", c.Name, err)
	}
	return nil
}
