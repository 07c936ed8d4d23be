package starter

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // the machine of a CI job may know no time zones

	"go.yaml.in/yaml/v3"

	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/configsync"
)

const (
	// defaultCatchUp is how long a start that was missed, because Temporal was
	// away, is still made up for: the next one is never far.
	defaultCatchUp = time.Minute
	// minEvery keeps a slip of the pen from starting a workflow each second.
	minEvery = time.Minute
)

// schedule is one document of a schedule file.
type schedule struct {
	id       string
	every    time.Duration
	cron     []string
	timeZone string
	catchUp  time.Duration
	// paused is nil where the file leaves it open, and the schedule as it is.
	paused   *bool
	note     string
	workflow string
	input    configsync.Input
}

// parseSchedules reads the documents of a schedule file. Everything that is
// wrong comes back at once, as stack.Errors.
func parseSchedules(file string, data []byte) ([]schedule, error) {
	var schedules []schedule
	var wrong stack.Errors
	for decoder := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			wrong = append(wrong, stack.Error{File: file, Problem: strings.TrimPrefix(err.Error(), "yaml: ")})
			break
		}
		if document.Content[0].Tag == "!!null" {
			continue
		}
		r := &scheduleReader{file: file}
		one := r.read(document.Content[0])
		if one.id != "" && slices.ContainsFunc(schedules, func(s schedule) bool { return s.id == one.id }) {
			r.refuse(r.id, "id", fmt.Sprintf("%q is given to two schedules", one.id), "give each its own")
		}
		schedules, wrong = append(schedules, one), append(wrong, r.errors...)
	}
	switch {
	case len(wrong) > 0:
		return nil, wrong
	case len(schedules) == 0:
		return nil, stack.Errors{{File: file, Problem: "holds no schedule"}}
	}
	return schedules, nil
}

// scheduleReader reads one document and collects what is wrong with it.
type scheduleReader struct {
	file   string
	errors stack.Errors
	// id is where the document has its ID; nil when it has none.
	id *yaml.Node
}

func (r *scheduleReader) refuse(at *yaml.Node, field, problem, hint string) {
	r.errors = append(r.errors, stack.Error{File: r.file, Line: at.Line, Column: at.Column, Field: field, Problem: problem, Hint: hint})
}

func (r *scheduleReader) read(document *yaml.Node) schedule {
	cronZone := ""
	s := schedule{catchUp: defaultCatchUp, workflow: configsync.Name}
	given := r.fields(document, "", map[string]func(*yaml.Node, string){
		"id":            func(n *yaml.Node, f string) { s.id = r.text(n, f) },
		"every":         func(n *yaml.Node, f string) { s.every = r.duration(n, f, minEvery) },
		"cron":          func(n *yaml.Node, f string) { s.cron, cronZone = r.cron(n, f) },
		"timeZone":      func(n *yaml.Node, f string) { s.timeZone = r.zone(n, f) },
		"catchUpWindow": func(n *yaml.Node, f string) { s.catchUp = r.duration(n, f, 10*time.Second) },
		"paused":        func(n *yaml.Node, f string) { s.paused = r.boolean(n, f) },
		"note":          func(n *yaml.Node, f string) { s.note = r.text(n, f) },
		"workflow":      func(n *yaml.Node, f string) { s.workflow = r.text(n, f) },
		"input":         func(n *yaml.Node, f string) { s.input = r.input(n, f) },
	})
	r.require(document, "", given, "id", "input")
	switch {
	case given["every"] == nil && given["cron"] == nil:
		r.refuse(document, "", "has neither every nor cron", `write every: 1h, or cron: "0 3 * * *"`)
	case given["every"] != nil && given["cron"] != nil:
		r.refuse(given["every"], "every", "is given beside cron", "leave one of them out")
	}
	switch at := given["timeZone"]; {
	case at != nil && given["cron"] == nil:
		r.refuse(at, "timeZone", "means nothing without cron", "leave it out")
	case at != nil && cronZone != "" && cronZone != s.timeZone:
		r.refuse(at, "timeZone", fmt.Sprintf("is %q, but cron says %q", s.timeZone, cronZone), "say it once")
	}
	r.id = given["id"]
	if at := given["workflow"]; at != nil && s.workflow != configsync.Name {
		r.refuse(at, "workflow", fmt.Sprintf("%q cannot be scheduled", s.workflow), "write "+configsync.Name)
	}
	return s
}

func (r *scheduleReader) input(node *yaml.Node, field string) configsync.Input {
	var in configsync.Input
	text := func(into *string) func(*yaml.Node, string) {
		return func(n *yaml.Node, f string) { *into = r.text(n, f) }
	}
	given := r.fields(node, field, map[string]func(*yaml.Node, string){
		"stack": text(&in.Stack), "repository": text(&in.Repository), "ref": text(&in.Ref),
		"environment": text(&in.Environment), "by": text(&in.By),
		"mode": func(n *yaml.Node, f string) { in.Mode = configsync.Mode(r.text(n, f)) },
	})
	r.require(node, field, given, "stack", "repository")
	in.SetDefaults()
	if at := given["repository"]; at != nil {
		if err := checkRepository(in.Repository); err != nil {
			r.refuse(at, field+".repository", err.Error(), "")
			in.Repository = withoutPassword(in.Repository) // told once; Validate goes on to the rest
		}
	}
	if err := in.Validate(); err != nil && given["stack"] != nil && given["repository"] != nil {
		r.refuse(node, field, err.Error(), "")
	}
	return in
}

// fields hands each field of a mapping to its reader and gives the nodes by name.
func (r *scheduleReader) fields(node *yaml.Node, field string, readers map[string]func(*yaml.Node, string)) map[string]*yaml.Node {
	given := map[string]*yaml.Node{}
	if node.Kind != yaml.MappingNode {
		r.refuse(node, field, "is no mapping", "write fields, one a line")
		return given
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		name := strings.TrimPrefix(field+"."+key.Value, ".")
		read, known := readers[key.Value]
		switch {
		case !known:
			r.refuse(key, name, "is not known", "known are "+strings.Join(sortedNames(readers), ", "))
		case given[key.Value] != nil:
			r.refuse(key, name, "is given twice", "")
		default:
			given[key.Value] = value
			read(value, name)
		}
	}
	return given
}

func (r *scheduleReader) require(node *yaml.Node, field string, given map[string]*yaml.Node, names ...string) {
	for _, name := range names {
		if given[name] == nil {
			r.refuse(node, strings.TrimPrefix(field+"."+name, "."), "is required", "")
		}
	}
}
