package bundle

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

const (
	reportFile = "report.json"
	// tagDigits is how much of its digest the tag of a report carries: reports of
	// one name have to differ.
	tagDigits = 12
)

// StoreReport keeps what an activity has found as one JSON file, under a tag that
// begins with the name: registries collect what has none. The same report is
// stored once, so it must hold no time. Unavailable, Unauthorized.
//
// It cuts nothing. What a history carries of a report is for its caller to cut.
func StoreReport(ctx context.Context, store Store, repository, kind, name string, report any) (Reference, error) {
	text, err := json.MarshalIndent(report, "", " ")
	if err != nil {
		return Reference{}, fmt.Errorf("encoding a report: %w", err)
	}
	ref, err := store.Put(ctx, repository, Artifact{
		Type:  kind,
		Files: []File{{Name: reportFile, MediaType: kind + "+json", Content: text}},
	})
	if err != nil {
		return Reference{}, fmt.Errorf("storing a report: %w", err)
	}
	tag := name + "-" + strings.TrimPrefix(ref.Digest, "sha256:")[:tagDigits]
	if err := store.Tag(ctx, ref, tag); err != nil {
		return Reference{}, fmt.Errorf("storing a report: %w", err)
	}
	return ref, nil
}
