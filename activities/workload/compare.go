package workload

import (
	"context"

	"go.temporal.io/sdk/activity"
)

// CompareTargetInput asks how a target differs from a release. The epoch of the
// subject plays no part: nothing is written.
type CompareTargetInput struct {
	Subject
}

// Drift is how a target differs from a release.
type Drift struct {
	// Objects counts what was compared.
	Objects int `json:"objects"`
	// Missing counts the objects that are not there, or are being deleted.
	Missing int `json:"missing"`
	// Changed counts those with another value in a field that the release sets.
	Changed int `json:"changed"`
	// Differences are the first hundred objects, in the order of the release.
	Differences []Difference `json:"differences,omitempty"`
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
	// Fields that differ, the first ten.
	Fields []FieldDifference `json:"fields,omitempty"`
	// MoreFields counts the others.
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

// CompareTarget compares a target with a release. It writes nothing.
func (a *Activities) CompareTarget(ctx context.Context, in CompareTargetInput) (Drift, error) {
	target, current, err := a.open(ctx, in.Subject)
	if err != nil {
		return Drift{}, err
	}
	return target.Compare(ctx, current, func(done, total int) {
		activity.RecordHeartbeat(ctx, Compared{Done: done, Total: total})
	})
}
