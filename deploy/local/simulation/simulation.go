// Package simulation holds the Stage documents by which kwok plays the kubelet:
// how a node comes up, how a pod gets ready, completes and goes away, and how it
// fails when its annotations ask for it.
//
// Pods (that is, pod templates) ask with annotations:
//
//	slipway.dev/simulate-ready-after: 2s         ready this long after it started: a Go duration, or milliseconds
//	slipway.dev/simulate: crash-loop             one of the failures below
//	slipway.dev/simulate-container: app          the container that fails; the first by default
//	slipway.dev/simulate-message: "no database"  its last words, or what the registry said
//	slipway.dev/simulate-fail-after: 500ms       how long a container runs before it crashes
//
// The failures:
//
//	crash-loop         starts and crashes, at once by default: CrashLoopBackOff; with restartPolicy Never the pod fails
//	crash-after-ready  gets ready, crashes after a second by default, gets ready again after the back-off, and so on
//	image-pull         ErrImagePull, then ImagePullBackOff
//	image-pull-once    ErrImagePull once, then as if nothing had been
//	config-error       CreateContainerConfigError, naming the ConfigMap or Secret that the container refers to last
//	never-ready        runs, and never gets ready
//
// What a pod's status says is what a kubelet would have written. What a pod
// really does, its image, its command and its probes, plays no part.
package simulation

import (
	"bytes"
	"embed"
	"fmt"
	"text/template"
)

//go:embed *.yaml status.tmpl
var documents embed.FS

// Stages returns all documents as one YAML stream, as kwok --config reads it.
func Stages() ([]byte, error) {
	// kwok's own templates are between double braces, so ours are not.
	parsed, err := template.New("stages").Delims("[[", "]]").ParseFS(documents, "*.tmpl", "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("parsing stages: %w", err)
	}
	entries, err := documents.ReadDir(".")
	if err != nil {
		return nil, fmt.Errorf("listing stages: %w", err)
	}
	var stream bytes.Buffer
	for _, entry := range entries {
		if entry.Name() == "status.tmpl" {
			continue
		}
		stream.WriteString("---\n")
		if err := parsed.ExecuteTemplate(&stream, entry.Name(), nil); err != nil {
			return nil, fmt.Errorf("writing stages of %s: %w", entry.Name(), err)
		}
	}
	return stream.Bytes(), nil
}
