package workload

import "fmt"

// Diff is what would differ in one object, in words that may be shown: values of
// secrets are not in it.
type Diff struct {
	// Replaces names the object whose place this one takes: the config before, of
	// which the other fields tell how it differs.
	Replaces string `json:"replaces,omitempty"`
	// Images of the containers, those that differ.
	Images []ImageChange `json:"images,omitempty"`
	// Fields that differ, but for images.
	Fields []FieldChange `json:"fields,omitempty"`
	// More counts the images and fields that were left out for brevity.
	More int `json:"more,omitempty"`
}

// ImageChange is the image of one container.
type ImageChange struct {
	Container string `json:"container"`
	// Old and New are empty when there is none.
	Old string `json:"old,omitempty"`
	New string `json:"new,omitempty"`
}

// FieldChange is one field, or one key of a config.
type FieldChange struct {
	// Path in the object, or in the config.
	Path string `json:"path"`
	// Old and New are values as one line of text; empty when the field is not set.
	Old string `json:"old,omitempty"`
	New string `json:"new,omitempty"`
	// Lines are those of a longer text that differ, instead of Old and New.
	Lines []string `json:"lines,omitempty"`
}

// cut gives the diff with no more text than is left, and what is left then.
func (d *Diff) cut(left int) (*Diff, int) {
	if d == nil {
		return nil, left
	}
	short := &Diff{Replaces: d.Replaces, More: d.More}
	take := func(size int) bool {
		if left -= size; left >= 0 {
			return true
		}
		left = 0
		short.More++
		return false
	}
	for _, image := range d.Images {
		if take(len(image.Container) + len(image.Old) + len(image.New)) {
			short.Images = append(short.Images, image)
		}
	}
	for _, field := range d.Fields {
		size := len(field.Path) + len(field.Old) + len(field.New)
		for _, line := range field.Lines {
			size += len(line)
		}
		if take(size) {
			short.Fields = append(short.Fields, field)
		}
	}
	return short, left
}

// ChangeLines tells changes as people read them, those of a service together.
func ChangeLines(changes []Change) []string {
	var lines []string
	service := ""
	for i, change := range changes {
		if i == 0 || change.Service != service {
			service = change.Service
			lines = append(lines, service)
		}
		lines = append(lines, indented("  ", change.lines())...)
	}
	return lines
}

// ProblemLines tells what stands against a release.
func ProblemLines(problems []Problem) []string {
	lines := make([]string, 0, len(problems))
	for _, problem := range problems {
		line := fmt.Sprintf("refused  %s  %s: %s", problem.Object, problem.Reason, problem.Message)
		if problem.Service != "" {
			line = fmt.Sprintf("refused  %s  %s  %s: %s", problem.Service, problem.Object, problem.Reason, problem.Message)
		}
		lines = append(lines, line)
	}
	return lines
}

func (c Change) lines() []string {
	head := fmt.Sprintf("%-7s  %s", c.Action, c.Object)
	if c.Diff == nil {
		return []string{head}
	}
	if c.Diff.Replaces != "" {
		head += "  in place of " + c.Diff.Replaces
	}
	lines := []string{head}
	for _, image := range c.Diff.Images {
		lines = append(lines, "  "+fromTo("image of "+image.Container, image.Old, image.New))
	}
	for _, field := range c.Diff.Fields {
		if len(field.Lines) == 0 {
			lines = append(lines, "  "+fromTo(field.Path, field.Old, field.New))
			continue
		}
		lines = append(lines, "  "+field.Path+":")
		lines = append(lines, indented("    ", field.Lines)...)
	}
	switch {
	case c.Diff.More > 0:
		lines = append(lines, fmt.Sprintf("  and %d more", c.Diff.More))
	case c.Action == Update && len(lines) == 1:
		lines = append(lines, "  no value, only who owns the fields")
	}
	return lines
}

// fromTo tells a value before and after; empty is none.
func fromTo(what, before, after string) string {
	switch {
	case before == "":
		return what + ": + " + after
	case after == "":
		return what + ": - " + before
	default:
		return what + ": " + before + " -> " + after
	}
}

func indented(by string, lines []string) []string {
	moved := make([]string, len(lines))
	for i, line := range lines {
		moved[i] = by + line
	}
	return moved
}
