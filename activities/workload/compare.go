package workload

import (
	"context"
	"slices"
	"strings"

	"go.temporal.io/sdk/activity"

	"github.com/slipway-dev/slipway/activities/bundle"
)

const (
	// DriftType is the artifactType of a stored report about drift.
	DriftType = "application/vnd.slipway.drift-report.v1"

	// shownFields is how many fields of an object a result names.
	shownFields = 10
)

// CompareTargetInput asks how a target differs from a release. The epoch of the
// subject plays no part: nothing is written on the target. The report goes to
// where the bundle is.
type CompareTargetInput struct {
	Subject
}

// DriftReport is how one target differs from a release, all of it. It has no
// time, so that drift that stays is stored once.
type DriftReport struct {
	Stack       string           `json:"stack"`
	Environment string           `json:"environment"`
	Target      string           `json:"target"`
	Namespace   string           `json:"namespace"`
	Version     string           `json:"version"`
	Bundle      bundle.Reference `json:"bundle"`
	Drift
}

// Drift is how a target differs from a release. A target gives all of it; the
// result of CompareTarget has the first differences only.
type Drift struct {
	// Objects counts what was compared.
	Objects int `json:"objects"`
	// Missing counts the objects that are not there, or are being deleted.
	Missing int `json:"missing"`
	// Changed counts those with another value in a field that the release sets.
	Changed int `json:"changed"`
	// Differences are the objects, in the order of the release; of a result the
	// first hundred.
	Differences []Difference `json:"differences,omitempty"`
	// Report names the whole in the registry; zero when nothing differs.
	Report bundle.Reference `json:"report,omitzero"`
}

// DifferenceKind says in what way an object differs.
type DifferenceKind string

const (
	// Missing means that the object is not there.
	Missing DifferenceKind = "missing"
	// Deleting means that somebody has deleted it, and that something keeps it
	// from going.
	Deleting DifferenceKind = "deleting"
	// Changed means that fields of it differ.
	Changed DifferenceKind = "changed"
)

// Difference is one object that is not as the release says.
type Difference struct {
	Service string `json:"service"`
	// Object as kind/name.
	Object string         `json:"object"`
	Kind   DifferenceKind `json:"kind"`
	// Fields that differ; of a result the first ten.
	Fields []FieldDifference `json:"fields,omitempty"`
	// MoreFields counts the others; zero in a report, which has them all.
	MoreFields int `json:"moreFields,omitempty"`
}

// FieldDifference is one field that is not as the release says. It has no values
// but those of the few fields that can't hold a secret, such as images.
type FieldDifference struct {
	// Path in the object, e.g. .spec.replicas.
	Path string `json:"path"`
	// By names the managers that own the field now; empty when nobody does.
	By []string `json:"by,omitempty"`
	// Want is the release's value, if it may be shown; "absent" when the release
	// sets none. Live is the target's.
	Want string `json:"want,omitempty"`
	Live string `json:"live,omitempty"`
}

// Compared is the heartbeat detail of CompareTarget.
type Compared struct {
	Done  int `json:"done"`
	Total int `json:"total"`
}

// CompareTarget compares a target with a release and stores what differs, if
// anything does. It writes nothing on the target.
func (a *Activities) CompareTarget(ctx context.Context, in CompareTargetInput) (Drift, error) {
	target, err := a.Targets.Target(in.Target)
	if err != nil {
		return Drift{}, err
	}
	content, err := a.content(ctx, in.Bundle)
	if err != nil {
		return Drift{}, err
	}
	current, err := scope(in.Subject, content)
	if err != nil {
		return Drift{}, err
	}
	drift, err := target.Compare(ctx, current, func(done, total int) {
		activity.RecordHeartbeat(ctx, Compared{Done: done, Total: total})
	})
	if err != nil || len(drift.Differences) == 0 {
		return drift, err
	}
	name := strings.Join([]string{"drift", tagElement(in.Environment), tagElement(in.Target)}, "-")
	report, err := bundle.StoreReport(ctx, a.Store, in.Bundle.Repository, DriftType, name, DriftReport{
		Stack: in.Stack, Environment: in.Environment, Target: in.Target, Namespace: current.Namespace,
		Version: content.Release.Version, Bundle: in.Bundle, Drift: drift,
	})
	if err != nil {
		return Drift{}, err
	}
	return drift.brief(report), nil
}

// brief cuts drift down to what a history can carry beside its report.
func (d Drift) brief(report bundle.Reference) Drift {
	d.Report = report
	d.Differences = slices.Clone(first(d.Differences))
	for i, difference := range d.Differences {
		d.Differences[i].Fields = difference.Fields[:min(len(difference.Fields), shownFields)]
		d.Differences[i].MoreFields = len(difference.Fields) - len(d.Differences[i].Fields)
	}
	return d
}
