package stack

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"time"
	"unicode"

	"github.com/google/go-containerregistry/pkg/name"
	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/util/validation"
)

// DefaultDeadline is how long a wave may take unless the file says otherwise:
// the progress deadline that Kubernetes gives a Deployment.
const DefaultDeadline = Duration(10 * time.Minute)

const (
	// minDeadline catches "10ms" for "10m": no pod starts within a second.
	minDeadline = Duration(time.Second)

	// maxDeadline keeps a wave that never ends from holding its environment for
	// longer than a day.
	maxDeadline = Duration(24 * time.Hour)
)

// maxContext is more than any context has: the longest in use are the ARNs of
// EKS clusters, with up to 170 characters.
const maxContext = 253

func (r *reader) label(path string, node *yaml.Node, example string) string {
	text, ok := r.text(path, node, example)
	if ok {
		r.checkLabel(path, node, text)
	}
	return text
}

// checkLabel refuses what is no DNS label, because names become namespaces,
// label values, parts of image names and of workflow IDs.
func (r *reader) checkLabel(path string, node *yaml.Node, text string) {
	if len(validation.IsDNS1123Label(text)) == 0 {
		return
	}
	hint := "it has up to 63 lower-case letters, digits and hyphens"
	if near := nearestLabel(text); near != "" {
		hint += fmt.Sprintf("; write %q", near)
	}
	r.refuse(node, path, fmt.Sprintf("%q is no DNS label", text), hint)
}

// nearestLabel returns the DNS label that reads most like a text, or "".
func nearestLabel(text string) string {
	label := strings.Map(func(char rune) rune {
		if char >= 'a' && char <= 'z' || char >= '0' && char <= '9' {
			return char
		}
		return '-'
	}, strings.ToLower(text))
	if len(label) > validation.DNS1123LabelMaxLength {
		label = label[:validation.DNS1123LabelMaxLength]
	}
	return strings.Trim(label, "-")
}

func (r *reader) coreVersion(path string, node *yaml.Node) Version {
	r.at[path] = node
	if node.Kind != yaml.ScalarNode || node.ShortTag() == "!!null" {
		r.refuseKind(path, node, "a version", "1.4.0")
		return Version{}
	}
	version, err := ParseVersion(node.Value)
	var broken *TagError
	if errors.As(err, &broken) {
		hint := "for example 1.4.0"
		if broken.Suggestion != "" {
			hint = fmt.Sprintf("write %q", broken.Suggestion)
		}
		r.refuse(node, path, fmt.Sprintf("%q: %s (%s)", node.Value, broken.Problem, broken.Rule), hint)
		return Version{}
	}
	if version.Channel() != ChannelStable {
		r.refuse(node, path, fmt.Sprintf("%q has a pre-release, which snapshots bring themselves", node.Value),
			fmt.Sprintf("write %q", version.core()))
		return Version{}
	}
	if version.IsConfig() {
		r.refuse(node, path, fmt.Sprintf("%q is the version of a config-only release", node.Value), fmt.Sprintf("write %q", version.core()))
		return Version{}
	}
	return version
}

// repository reads a registry's host and a path below it.
func (r *reader) repository(path string, node *yaml.Node) string {
	text, ok := r.text(path, node, "ghcr.io/acme/shop")
	if !ok {
		return ""
	}
	switch {
	case strings.Contains(text, "://"):
		_, rest, _ := strings.Cut(text, "://")
		r.refuse(node, path, fmt.Sprintf("%q has a scheme", text), fmt.Sprintf("write %q", strings.Trim(rest, "/")))
	case strings.HasSuffix(text, "/"):
		r.refuse(node, path, fmt.Sprintf("%q ends in a slash", text), fmt.Sprintf("write %q", strings.TrimRight(text, "/")))
	default:
		// Checked with a service's name after it, as it will be used: that
		// makes "localhost:5000" a host and "shop" no registry at all.
		if _, err := name.NewRepository(text+"/service", name.StrictValidation); err != nil {
			r.refuse(node, path, fmt.Sprintf("%q is no registry", text),
				"write its host and a lower-case path without tag or digest, for example ghcr.io/acme/shop")
		}
	}
	return text
}

// localPath reads a path that stays inside the repository.
func (r *reader) localPath(at string, node *yaml.Node, example string) string {
	text, ok := r.text(at, node, example)
	if !ok {
		return ""
	}
	problem, hint := "", ""
	switch {
	case text == "":
		problem, hint = "is empty", "for example "+example
	case strings.ContainsFunc(text, unicode.IsControl):
		problem, hint = fmt.Sprintf("%q holds a control character", text), "for example "+example
	case strings.Contains(text, `\`):
		problem, hint = fmt.Sprintf("%q holds a backslash", text), "separate directories with a slash"
	case path.IsAbs(text):
		problem, hint = fmt.Sprintf("%q is absolute", text), "write it relative to the root of the repository"
	case hasParent(text):
		problem, hint = fmt.Sprintf("%q holds %q", text, ".."), "write it relative to the root of the repository"
	}
	if problem != "" {
		r.refuse(node, at, problem, hint)
		return ""
	}
	return path.Clean(text)
}

func hasParent(text string) bool {
	for element := range strings.SplitSeq(text, "/") {
		if element == ".." {
			return true
		}
	}
	return false
}

func (r *reader) channel(path string, node *yaml.Node) Channel {
	text, ok := r.text(path, node, string(ChannelRC))
	if !ok {
		return ""
	}
	names := make([]string, 0, len(Channels()))
	for _, channel := range Channels() {
		if text == string(channel) {
			return channel
		}
		names = append(names, string(channel))
	}
	r.refuse(node, path, fmt.Sprintf("%q is no channel", text), didYouMean(text, "channels", names))
	return ""
}

// checkContexts allows whatever kubeconfigs hold in practice, ARNs and e-mail
// addresses too.
func (r *reader) checkContexts(path string, contexts []string) {
	for i, context := range contexts {
		at := fmt.Sprintf("%s[%d]", path, i)
		node := r.at[at]
		if node == nil || node.Kind != yaml.ScalarNode || node.ShortTag() != "!!str" {
			continue
		}
		blank := strings.ContainsFunc(node.Value, func(char rune) bool { return unicode.IsSpace(char) || unicode.IsControl(char) })
		if node.Value == "" || blank || len(context) > maxContext {
			r.refuse(node, at, fmt.Sprintf("%q is no kubeconfig context", node.Value), "kubectl config get-contexts lists them")
		}
	}
}

// duration reads a duration between two bounds.
func (r *reader) duration(path string, node *yaml.Node, example string, least, most Duration) Duration {
	r.at[path] = node
	if node.Kind != yaml.ScalarNode || node.ShortTag() == "!!null" {
		r.refuseKind(path, node, "a duration", example)
		return 0
	}
	var duration Duration
	if err := duration.UnmarshalText([]byte(node.Value)); err != nil {
		r.refuse(node, path, fmt.Sprintf("%q is no duration", node.Value), "write a number with its unit: 90s, 10m, 1h30m")
		return 0
	}
	if duration < least || duration > most {
		r.refuse(node, path, fmt.Sprintf("%s is not between %s and %s", duration, least, most), "")
	}
	return duration
}
