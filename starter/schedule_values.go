package starter

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/slipway-dev/slipway/workflows/configsync"
)

func (r *scheduleReader) text(node *yaml.Node, field string) string {
	if node.Kind != yaml.ScalarNode || node.Tag == "!!null" || strings.TrimSpace(node.Value) == "" {
		r.refuse(node, field, "is no text", "")
		return ""
	}
	return node.Value
}

func (r *scheduleReader) boolean(node *yaml.Node, field string) *bool {
	var value bool
	if node.Tag != "!!bool" || node.Decode(&value) != nil {
		r.refuse(node, field, fmt.Sprintf("is %q", node.Value), "write true or false")
		return nil
	}
	return &value
}

func (r *scheduleReader) duration(node *yaml.Node, field string, least time.Duration) time.Duration {
	value, err := time.ParseDuration(r.text(node, field))
	switch {
	case err != nil:
		r.refuse(node, field, fmt.Sprintf("%q is no duration", node.Value), "write 30m or 1h")
	case value < least:
		r.refuse(node, field, fmt.Sprintf("is %s", value), fmt.Sprintf("write %s or more", least))
	}
	return value
}

// cron takes one expression or a list of them. It counts the fields of each;
// what stands in them the server checks.
func (r *scheduleReader) cron(node *yaml.Node, field string) []string {
	nodes := []*yaml.Node{node}
	if node.Kind == yaml.SequenceNode {
		nodes = node.Content
	}
	if len(nodes) == 0 {
		r.refuse(node, field, "is empty", `write "0 3 * * *", say`)
	}
	expressions := make([]string, 0, len(nodes))
	for i, one := range nodes {
		at := field
		if node.Kind == yaml.SequenceNode {
			at = fmt.Sprintf("%s[%d]", field, i)
		}
		expression := r.text(one, at)
		if n := len(strings.Fields(expression)); n > 0 && n != 5 && !strings.HasPrefix(expression, "@") {
			r.refuse(one, at, fmt.Sprintf("%q has %d fields", expression, n), "write minute, hour, day, month and weekday; the time zone belongs into timeZone")
		}
		expressions = append(expressions, expression)
	}
	return expressions
}

func (r *scheduleReader) zone(node *yaml.Node, field string) string {
	name := r.text(node, field)
	if _, err := time.LoadLocation(name); err != nil || name == "Local" {
		r.refuse(node, field, fmt.Sprintf("%q is no time zone", name), "write one such as Europe/Berlin or UTC")
	}
	return name
}

// checkRepository refuses an address that would bring credentials into
// Temporal's history, by the rule that the workflow has too.
func checkRepository(address string) error { return configsync.CheckRepository(address) }

func sortedNames[V any](fields map[string]V) []string { return slices.Sorted(maps.Keys(fields)) }
