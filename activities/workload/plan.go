package workload

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/slipway-dev/slipway/activities/bundle"
)

// PlanTargetInput asks what a release would change on a target. The epoch of the
// subject plays no part: nothing is written.
type PlanTargetInput struct {
	Subject
	// Base as in CheckTargetInput.
	Base bundle.Reference `json:"base,omitzero"`
}

// TargetPlan is what a release would change on a target. Histories carry this
// much of it; the whole is in the registry.
type TargetPlan struct {
	PlanCounts
	// Changes are the first ones, and of their text as much as a history can bear.
	Changes []Change `json:"changes,omitempty"`
	// Problems are the first hundred.
	Problems []Problem `json:"problems,omitempty"`
	// Report names the whole in the registry, the same for targets on which the
	// same would happen; zero when nothing changes and nothing stands against it.
	Report bundle.Reference `json:"report,omitzero"`
}

// PlanCounts counts objects.
type PlanCounts struct {
	// Objects of the release.
	Objects   int `json:"objects"`
	Unchanged int `json:"unchanged"`
	Created   int `json:"created,omitempty"`
	Updated   int `json:"updated,omitempty"`
	Replaced  int `json:"replaced,omitempty"`
	Deleted   int `json:"deleted,omitempty"`
	// Refused counts problems.
	Refused int `json:"refused,omitempty"`
}

// Changed counts the objects that would be written.
func (c PlanCounts) Changed() int { return c.Created + c.Updated + c.Replaced + c.Deleted }

// ChangesText says in words what would be done, nothing when that is nothing.
func (c PlanCounts) ChangesText() string {
	var parts []string
	for _, part := range []struct {
		count int
		what  string
	}{{c.Created, "create"}, {c.Updated, "update"}, {c.Replaced, "replace"}, {c.Deleted, "delete"}} {
		if part.count > 0 {
			parts = append(parts, fmt.Sprintf("%d to %s", part.count, part.what))
		}
	}
	return strings.Join(parts, ", ")
}

// PlanReport is the whole of a plan as it is stored. It has no time and does not
// name the target, so that clusters that are alike share one.
type PlanReport struct {
	Stack       string           `json:"stack"`
	Environment string           `json:"environment"`
	Version     string           `json:"version"`
	Bundle      bundle.Reference `json:"bundle"`
	Base        bundle.Reference `json:"base,omitzero"`
	PlanCounts
	Changes  []Change  `json:"changes,omitempty"`
	Problems []Problem `json:"problems,omitempty"`
}

const (
	// PlanType is the artifactType of a stored plan.
	PlanType = "application/vnd.slipway.target-plan.v1"

	planFile     = "plan.json"
	planTextFile = "plan.txt"

	// shownText bounds the text of the changes of one result, in bytes: about three
	// screens. A history may have the plans of many targets.
	shownText = 8 << 10
)

// PlanTarget tells what a release would change on one target, as a diff to read,
// and what stands against it. It writes nothing to the target.
func (a *Activities) PlanTarget(ctx context.Context, in PlanTargetInput) (TargetPlan, error) {
	found, release, err := a.check(ctx, CheckTargetInput{Subject: in.Subject, Base: in.Base})
	if err != nil {
		return TargetPlan{}, err
	}
	plan := TargetPlan{PlanCounts: countsOf(found), Changes: brief(found.Changes), Problems: first(found.Problems)}
	if len(found.Changes)+len(found.Problems) == 0 {
		return plan, nil
	}
	plan.Report, err = a.storePlan(ctx, PlanReport{
		Stack: in.Stack, Environment: in.Environment, Version: release.Version, Bundle: in.Bundle, Base: in.Base,
		PlanCounts: plan.PlanCounts, Changes: found.Changes, Problems: found.Problems,
	})
	return plan, err
}

func countsOf(found CheckResult) PlanCounts {
	counts := PlanCounts{Objects: found.Objects, Unchanged: found.Unchanged, Refused: len(found.Problems)}
	for _, change := range found.Changes {
		switch change.Action {
		case Create:
			counts.Created++
		case Update:
			counts.Updated++
		case Replace:
			counts.Replaced++
		case Delete:
			counts.Deleted++
		}
	}
	return counts
}

// brief gives the first changes, and their diffs as long as the text is short.
func brief(changes []Change) []Change {
	short := append([]Change{}, first(changes)...)
	left := shownText
	for i := range short {
		short[i].Diff, left = short[i].Diff.cut(left)
	}
	return short
}

// storePlan keeps a plan under a tag, without which registries would collect it.
// The same plan is stored once.
func (a *Activities) storePlan(ctx context.Context, report PlanReport) (bundle.Reference, error) {
	document, err := json.MarshalIndent(report, "", " ")
	if err != nil {
		return bundle.Reference{}, fmt.Errorf("encoding a plan: %w", err)
	}
	text := strings.Join(append(ChangeLines(report.Changes), ProblemLines(report.Problems)...), "\n") + "\n"
	ref, err := a.Store.Put(ctx, report.Bundle.Repository, bundle.Artifact{
		Type: PlanType,
		Files: []bundle.File{
			{Name: planFile, MediaType: jsonMediaType, Content: document},
			{Name: planTextFile, MediaType: "text/plain", Content: []byte(text)},
		},
	})
	if err != nil {
		return bundle.Reference{}, fmt.Errorf("storing a plan: %w", err)
	}
	tag := "plan-" + tagElement(report.Environment) + "-" + strings.TrimPrefix(ref.Digest, "sha256:")[:shortIDLetters]
	if err := a.Store.Tag(ctx, ref, tag); err != nil {
		return bundle.Reference{}, fmt.Errorf("storing a plan: %w", err)
	}
	return ref, nil
}
