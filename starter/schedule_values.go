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

// cron takes one expression or a list of them. It also gives the time zone that
// they name; the server wants the same in all.
func (r *scheduleReader) cron(node *yaml.Node, field string) (expressions []string, zone string) {
	nodes := []*yaml.Node{node}
	if node.Kind == yaml.SequenceNode {
		nodes = node.Content
	}
	if len(nodes) == 0 {
		r.refuse(node, field, "is empty", `write "0 3 * * *", say`)
	}
	for i, one := range nodes {
		at := field
		if node.Kind == yaml.SequenceNode {
			at = fmt.Sprintf("%s[%d]", field, i)
		}
		expression, named := r.expression(one, at)
		expressions = append(expressions, expression)
		switch {
		case i == 0:
			zone = named
		case named != zone:
			r.refuse(one, at, fmt.Sprintf("%q has not the time zone of the first expression", expression), "write the zone into timeZone, once for all")
		}
	}
	return expressions, zone
}

func (r *scheduleReader) expression(node *yaml.Node, field string) (expression, zone string) {
	expression = r.text(node, field)
	if expression == "" {
		return "", ""
	}
	zone, err := checkCron(expression)
	switch {
	case err != nil:
		r.refuse(node, field, fmt.Sprintf("%q: %v", expression, err), "write minute, hour, day, month and weekday, such as 0 3 * * MON-FRI")
	case !isZone(zone):
		r.refuse(node, field, fmt.Sprintf("%q: %q is no time zone", expression, zone), zoneHint)
	}
	return expression, zone
}

const zoneHint = "write one such as Europe/Berlin or UTC"

// isZone tells whether a time zone is known. The one of the machine is none: that
// of the server would count.
func isZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "Local"
}

func (r *scheduleReader) zone(node *yaml.Node, field string) string {
	name := r.text(node, field)
	if !isZone(name) {
		r.refuse(node, field, fmt.Sprintf("%q is no time zone", name), zoneHint)
	}
	return name
}

// checkRepository refuses an address that would bring credentials into
// Temporal's history, by the rule that the workflow has too.
func checkRepository(address string) error { return configsync.CheckRepository(address) }

func sortedNames[V any](fields map[string]V) []string { return slices.Sorted(maps.Keys(fields)) }
