// Package configsync compares what a stack's environments should run with what
// they do run: the config of a commit with that of the recorded release, and the
// recorded release with the clusters.
//
// It never writes to a cluster. What has to change it asks the Environment for,
// which is the one door.
package configsync

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/config"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/workflows/environment"
)

// Names that histories carry; changing one breaks running workflows.
const (
	Name        = "ConfigSync"
	StatusQuery = "status"
)

// InvalidInput is the type of the error with which a ConfigSync fails whose ref,
// config or other input is wrong. Everything else is a result.
const InvalidInput = "InvalidInput"

// ID gives the workflow ID for one environment, or, when that is empty, for all
// of a stack. Runs that a schedule starts have a time behind it.
func ID(stack, environment string) string {
	return strings.TrimSuffix("configsync/"+stack+"/"+environment, "/")
}

// Ticket is the name under which a run queues in an environment.
func Ticket(id, run string) string { return id + "/" + run }

// Mode says what a ConfigSync does.
type Mode string

const (
	// Plan tells what the config of a commit would change. It is the default.
	Plan Mode = "plan"
	// Apply plans, and asks the environment for a config-only release.
	Apply Mode = "apply"
	// Drift tells how clusters differ from the recorded release, and asks the
	// environment to reconcile where slipway.yaml says so.
	Drift Mode = "drift"
)

// Input of a ConfigSync.
type Input struct {
	Stack string `json:"stack"`
	// Repository is the Git URL of the stack.
	Repository string `json:"repository"`
	// Ref is a branch, a tag or a commit; empty means the default branch. A drift
	// check reads from it only which environments there are.
	Ref string `json:"ref,omitempty"`
	// Environment is empty for all of the stack, each in a child of its own.
	Environment string `json:"environment,omitempty"`
	Mode        Mode   `json:"mode,omitempty"`
	// By says who asked, as claimed.
	By string `json:"by,omitempty"`
	// State is handed over from run to run; leave it out.
	State *State `json:"state,omitempty"`
}

// SetDefaults fills in what may be left out.
func (in *Input) SetDefaults() {
	if in.Mode == "" {
		in.Mode = Plan
	}
}

// Validate tells what is missing or wrong.
func (in Input) Validate() error {
	switch {
	case in.Stack == "" || in.Repository == "":
		return errors.New("stack and repository are required")
	case in.Mode != Plan && in.Mode != Apply && in.Mode != Drift:
		return fmt.Errorf("mode is %q: want %s, %s or %s", in.Mode, Plan, Apply, Drift)
	}
	if err := CheckRepository(in.Repository); err != nil {
		return fmt.Errorf("repository: %w", err)
	}
	return nil
}

// CheckRepository refuses an address that holds credentials, or may hold some
// because it cannot be read: inputs stay in Temporal's history. Its errors never
// show them. The user of an SSH address is no secret. It does not tell whether
// the address names a repository.
func CheckRepository(address string) error {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Opaque != "" {
		if strings.Contains(address, "://") {
			return errors.New("it is no URL that can be read; write https://host/path, ssh://git@host/path or git@host:path")
		}
		return nil // git@host:path, which has no place for a password
	}
	_, password := parsed.User.Password()
	if parsed.User == nil || parsed.Scheme == "ssh" && !password {
		return nil
	}
	parsed.User = nil
	return fmt.Errorf("%s holds a password or a token, which would be kept in Temporal's history;"+
		" give it to git on the workers by a credential helper", parsed)
}

// State is what one run hands over to the next when its history gets long.
type State struct {
	// Source is what the ref was when the first run read it.
	Source *config.Stack `json:"source,omitempty"`
	// Environments that are done, with all of them in the order of Source.
	Environments []Environment `json:"environments,omitempty"`
	// Drift that was found so far in the one environment.
	Drift *DriftFound `json:"drift,omitempty"`
}

// Result of a ConfigSync.
type Result struct {
	Stack string `json:"stack"`
	Mode  Mode   `json:"mode"`
	// Commit that the ref named.
	Commit string `json:"commit,omitempty"`
	// Verdict is the worst of the environments.
	Verdict      Verdict       `json:"verdict"`
	Environments []Environment `json:"environments"`
}

// Environment is what became of one environment.
type Environment struct {
	Environment string  `json:"environment"`
	Verdict     Verdict `json:"verdict"`
	// Message is one sentence for people.
	Message string `json:"message,omitempty"`
	// Why is the code of the error when the verdict is Failed.
	Why   string       `json:"why,omitempty"`
	Plan  *config.Plan `json:"plan,omitempty"`
	Drift *DriftFound  `json:"drift,omitempty"`
	// Version and Bundle are those of a config-only release.
	Version string            `json:"version,omitempty"`
	Bundle  *bundle.Reference `json:"bundle,omitempty"`
	// Outcome is how the environment ended what it was asked for.
	Outcome *environment.Outcome `json:"outcome,omitempty"`
}

// DriftFound is how the targets of an environment differ from its release.
type DriftFound struct {
	// Version that they were compared with.
	Version string        `json:"version"`
	Targets []TargetDrift `json:"targets"`
	// Differences are the first ones.
	Differences []Difference `json:"differences,omitempty"`
	// Reports name the whole in the registry, one for each target that differs, in
	// the order of the targets.
	Reports []bundle.Reference `json:"reports,omitempty"`
}

// TargetDrift counts what was found on one target, or says why nothing is known
// of it.
type TargetDrift struct {
	Target string `json:"target"`
	// Objects that were compared.
	Objects int `json:"objects"`
	// Different counts objects that are missing or changed.
	Different int `json:"different"`
	// Why is the code of the error for which the target could not be compared, and
	// Message says it to people; both are empty when it was.
	Why     string `json:"why,omitempty"`
	Message string `json:"message,omitempty"`
}

// Difference is one object of one target.
type Difference struct {
	Target string `json:"target"`
	workload.Difference
}

// Status answers the status query.
type Status struct {
	Stack        string              `json:"stack"`
	Mode         Mode                `json:"mode"`
	Ref          string              `json:"ref,omitempty"`
	Commit       string              `json:"commit,omitempty"`
	Phase        string              `json:"phase"`
	Environments []EnvironmentStatus `json:"environments,omitempty"`
}

// Running is the state of an environment whose own sync is under way, as one of
// all environments shows it.
const Running = "running"

// EnvironmentStatus is how far one environment is.
type EnvironmentStatus struct {
	Environment string `json:"environment"`
	// State is "waiting", Running, a phase, or the verdict.
	State string `json:"state"`
	// Done of Total targets have been looked at.
	Done  int `json:"done,omitempty"`
	Total int `json:"total,omitempty"`
	// NotCompared are the targets that could not be compared, each with its reason.
	// They count as done.
	NotCompared []TargetDrift `json:"notCompared,omitempty"`
	// Version that the environment is asked for, and the state of the ticket.
	Version string                   `json:"version,omitempty"`
	Ticket  *environment.TicketState `json:"ticket,omitempty"`
}

// Phases of a ConfigSync, also the value of the search attribute SlipwayPhase.
const (
	PhaseReading    = "reading"
	PhaseComparing  = "comparing"
	PhaseAssembling = "assembling"
	PhaseDeploying  = "deploying"
)
