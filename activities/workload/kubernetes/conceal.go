package kubernetes

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/hocon"
	"github.com/slipway-dev/slipway/stack/config"
)

const (
	// hiddenValue stands for a value that may be a secret.
	hiddenValue = "(secret)"
	// secretName makes a value count as one, whatever it is called.
	secretName = "secret"
	// maxShown bounds a value, or a line, in bytes.
	maxShown = 500
)

// valueChange tells a value before and after. Of texts with several lines it
// gives those that differ; what may be secret is taken out before, as it may span
// lines.
func valueChange(where, name string, old, now fieldValue) workload.FieldChange {
	if speaksOfSecret(name) || !old.long() && !now.long() {
		return workload.FieldChange{Path: where, Old: old.shown(name), New: now.shown(name)}
	}
	before, after := harmless(old.words()), harmless(now.words())
	lines := workload.DiffLines(before, after)
	switch {
	case before == after:
		return workload.FieldChange{Path: where, Old: hiddenValue, New: hiddenValue}
	case len(lines) == 0:
		lines = []string{"only the end of the last line"}
	}
	for i := range lines {
		lines[i] = oneLine(lines[i])
	}
	return workload.FieldChange{Path: where, Lines: lines}
}

// long tells a text of several lines.
func (v fieldValue) long() bool { return strings.Contains(strings.TrimSuffix(v.words(), "\n"), "\n") }

// words is the value if it is a text, else nothing.
func (v fieldValue) words() string {
	text, _ := v.is.(string)
	return text
}

// shown gives the value as text, empty when there is none.
func (v fieldValue) shown(name string) string {
	if !v.set {
		return ""
	}
	return shownText(name, v.is)
}

// plain is shown for what is no secret, such as an image.
func (v fieldValue) plain() string { return v.shown("") }

func shownText(name string, value any) string {
	if value == nil {
		return ""
	}
	concealed := conceal(name, value)
	if text, ok := concealed.(string); ok && text != "" && text == strings.TrimSpace(text) {
		return oneLine(text)
	}
	text, err := json.Marshal(concealed)
	if err != nil {
		return fmt.Sprintf("(%T)", value)
	}
	return oneLine(string(text))
}

// oneLine makes a line of a text that is short enough to read.
func oneLine(text string) string {
	text = strings.ReplaceAll(text, "\n", `\n`)
	if len(text) > maxShown {
		text = strings.ToValidUTF8(text[:maxShown], "") + "…"
	}
	return text
}

// conceal copies a value without what may be a secret: what is called one, and
// what has the form of a credential.
func conceal(name string, value any) any {
	switch value := value.(type) {
	case map[string]any:
		copied := make(map[string]any, len(value))
		variable, _ := value["name"].(string)
		for key, member := range value {
			called := key
			if key == "value" && variable != "" {
				called = variable
			}
			copied[key] = conceal(called, member)
		}
		return copied
	case []any:
		copied := make([]any, len(value))
		for i, item := range value {
			copied[i] = conceal(name, item)
		}
		return copied
	case bool, nil:
		return value
	default:
		if speaksOfSecret(name) {
			return hiddenValue
		}
		if text, ok := value.(string); ok {
			return harmless(text)
		}
		return value
	}
}

// harmless takes credentials out of a text, with the whole line where it can't be
// told what of it is one.
func harmless(text string) string {
	lines := strings.Split(redact(text), "\n")
	for i, line := range lines {
		if config.HoldsCredential(line) {
			lines[i] = hiddenValue
		}
	}
	return strings.Join(lines, "\n")
}

func speaksOfSecret(name string) bool { return name != "" && config.NamesSecret(hocon.JoinPath(name)) }
