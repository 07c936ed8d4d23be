package workload

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"go.temporal.io/sdk/activity"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/fault"
)

const (
	// SnapshotType is the artifactType of a stored snapshot.
	SnapshotType = "application/vnd.slipway.snapshot.v1"

	recordFile     = "record.json"
	summaryFile    = "summary.json"
	jsonMediaType  = "application/json"
	maxTagElement  = 40 // two of them, the prefix and the ID stay below the 128 of a tag
	shortIDLetters = 12
)

// TakeSnapshot records the live objects of a target, once for each time that a
// workflow asks: a second attempt finds the first one's by its tag.
func (a *Activities) TakeSnapshot(ctx context.Context, in TakeSnapshotInput) (Snapshot, error) {
	tag := snapshotTag(ctx, in.Subject)
	found, err := a.findSnapshot(ctx, in.Bundle.Repository, tag)
	if err == nil || fault.CodeOf(err) != fault.NotFound {
		return found, err
	}
	target, next, err := a.open(ctx, in.Subject)
	if err != nil {
		return Snapshot{}, err
	}
	base, err := a.baseScope(ctx, in.Subject, in.Base)
	if err != nil {
		return Snapshot{}, err
	}
	record, err := target.Record(ctx, next, base)
	if err != nil {
		return Snapshot{}, err
	}
	return a.storeSnapshot(ctx, in, tag, record)
}

func (a *Activities) storeSnapshot(ctx context.Context, in TakeSnapshotInput, tag string, record Record) (Snapshot, error) {
	snapshot := Snapshot{Epoch: record.Epoch, Objects: record.Objects, Absent: record.Absent}
	summary, err := json.Marshal(snapshot)
	if err != nil {
		return Snapshot{}, err
	}
	snapshot.Reference, err = a.Store.Put(ctx, in.Bundle.Repository, bundle.Artifact{
		Type:    SnapshotType,
		Created: activity.GetInfo(ctx).ScheduledTime.UTC(),
		Files: []bundle.File{
			{Name: recordFile, MediaType: jsonMediaType, Content: record.Content},
			{Name: summaryFile, MediaType: jsonMediaType, Content: summary},
		},
		Annotations: map[string]string{
			"dev.slipway.stack":       in.Stack,
			"dev.slipway.environment": in.Environment,
			"dev.slipway.target":      in.Target,
		},
	}, tag)
	if err != nil {
		return Snapshot{}, fault.New(fault.CodeOf(err), "storing the snapshot: %w", err)
	}
	return snapshot, nil
}

func (a *Activities) findSnapshot(ctx context.Context, repository, tag string) (Snapshot, error) {
	ref, err := a.Store.Resolve(ctx, repository, tag)
	if err != nil {
		return Snapshot{}, err
	}
	summary, err := a.snapshotFile(ctx, ref, summaryFile)
	if err != nil {
		return Snapshot{}, err
	}
	var snapshot Snapshot
	if err := json.Unmarshal(summary, &snapshot); err != nil {
		return Snapshot{}, fault.New(fault.Internal, "reading the summary of snapshot %s: %w", ref, err)
	}
	snapshot.Reference = ref
	return snapshot, nil
}

func (a *Activities) record(ctx context.Context, ref bundle.Reference) ([]byte, error) {
	return a.snapshotFile(ctx, ref, recordFile)
}

func (a *Activities) snapshotFile(ctx context.Context, ref bundle.Reference, name string) ([]byte, error) {
	artifact, err := a.Store.Get(ctx, ref)
	if err != nil {
		return nil, fault.New(fault.CodeOf(err), "reading snapshot %s: %w", ref, err)
	}
	for _, file := range artifact.Files {
		if artifact.Type == SnapshotType && file.Name == name {
			return file.Content, nil
		}
	}
	return nil, fault.New(fault.InvalidInput, "%s is no snapshot: type %q without %s", ref, artifact.Type, name)
}

// snapshotTag keeps registries from collecting a snapshot. It is the same for
// every attempt of one step, and another for the next step or run.
func snapshotTag(ctx context.Context, subject Subject) string {
	info := activity.GetInfo(ctx)
	id := sha256.Sum256([]byte(strings.Join([]string{
		info.WorkflowExecution.ID, info.WorkflowExecution.RunID, info.ActivityID, subject.Environment, subject.Target,
	}, "\x00")))
	return strings.Join([]string{
		"snapshot", tagElement(subject.Environment), tagElement(subject.Target), hex.EncodeToString(id[:])[:shortIDLetters],
	}, "-")
}

// tagElement makes a name fit into a tag; contexts of a kubeconfig may hold anything.
func tagElement(name string) string {
	fitting := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_', r == '-':
			return r
		default:
			return '-'
		}
	}, name)
	return fitting[:min(len(fitting), maxTagElement)]
}
