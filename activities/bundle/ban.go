package bundle

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/stack"
)

const (
	// BanType is the artifactType of the marker that bans a release.
	BanType = "application/vnd.slipway.ban.v1"

	banMediaType = "application/vnd.slipway.ban.v1+json"
	banFile      = "ban.json"
)

// banTag is the tag of the marker beside a bundle. Not every registry can delete:
// the last marker counts, and one that lifts the ban is a marker too.
func banTag(ref Reference) string { return "ban-" + strings.ReplaceAll(ref.Digest, ":", "-") }

// Ban keeps a release from going anywhere.
type Ban struct {
	Version string    `json:"version"`
	Bundle  Reference `json:"bundle"`
	// Lifted tells that it is banned no more.
	Lifted bool      `json:"lifted,omitempty"`
	By     string    `json:"by"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// Holds tells whether the release is banned.
func (b Ban) Holds() bool { return !b.Bundle.IsZero() && !b.Lifted }

// RecordBanInput asks to ban a release, or to lift its ban.
type RecordBanInput struct {
	Repository string `json:"repository"`
	// Version, or digest of the bundle.
	Version string    `json:"version"`
	Lift    bool      `json:"lift,omitempty"`
	By      string    `json:"by"`
	Reason  string    `json:"reason"`
	At      time.Time `json:"at"`
}

// RecordBan puts a marker on a recorded release. The same input makes the same
// marker. NotFound when there is no such release, Unavailable, Unauthorized.
//
// It stops nothing that is under way: whoever asked tells the environments.
func (a *Activities) RecordBan(ctx context.Context, in RecordBanInput) (Ban, error) {
	doing := "banning " + in.Version
	if in.Lift {
		doing = "lifting the ban of " + in.Version
	}
	ref, content, err := a.named(ctx, in.Repository, in.Version)
	switch {
	case err != nil:
		return Ban{}, fmt.Errorf("%s: %w", doing, err)
	case ref.IsZero():
		return Ban{}, fault.New(fault.NotFound, "%s: no release of that name is recorded in %s", doing, in.Repository)
	}
	ban := Ban{Version: content.Release.Version, Bundle: ref, Lifted: in.Lift, By: in.By, Reason: in.Reason, At: in.At.UTC()}
	text, err := canonical(ban)
	if err != nil {
		return Ban{}, fmt.Errorf("%s: %w", doing, err)
	}
	artifact := Artifact{
		Type:        BanType,
		Files:       []File{{Name: banFile, MediaType: banMediaType, Content: text}},
		Annotations: map[string]string{"org.opencontainers.image.title": doing, "org.opencontainers.image.version": ban.Version},
	}
	if _, err := a.Store.Put(ctx, in.Repository, artifact, banTag(ref)); err != nil {
		return Ban{}, fmt.Errorf("%s: %w", doing, err)
	}
	return ban, nil
}

// named finds a release by its version or by the digest of its bundle; zero when
// there is none.
func (a *Activities) named(ctx context.Context, repository, versionOrDigest string) (Reference, Content, error) {
	if _, err := stack.ParseVersion(versionOrDigest); err == nil {
		return a.find(ctx, repository, versionTag(versionOrDigest))
	}
	ref := Reference{Repository: repository, Digest: versionOrDigest}
	content, err := a.read(ctx, ref)
	if fault.CodeOf(err) == fault.NotFound {
		return Reference{}, Content{}, nil
	}
	return ref, content, err
}

// FindBanInput names a release.
type FindBanInput struct {
	Bundle Reference `json:"bundle"`
}

// FindBan reads the marker of a release; a zero Ban when there never was one.
// InvalidInput when something else has its tag, Unavailable, Unauthorized.
func (a *Activities) FindBan(ctx context.Context, in FindBanInput) (Ban, error) {
	marker, err := a.Store.Resolve(ctx, in.Bundle.Repository, banTag(in.Bundle))
	switch {
	case fault.CodeOf(err) == fault.NotFound:
		return Ban{}, nil
	case err != nil:
		return Ban{}, fmt.Errorf("looking whether %s is banned: %w", in.Bundle, err)
	}
	artifact, err := a.Store.Get(ctx, marker)
	if err != nil {
		return Ban{}, fmt.Errorf("looking whether %s is banned: %w", in.Bundle, err)
	}
	var ban Ban
	if artifact.Type != BanType || len(artifact.Files) != 1 || json.Unmarshal(artifact.Files[0].Content, &ban) != nil {
		return Ban{}, fault.New(fault.InvalidInput, "looking whether %s is banned: %s is no ban of Slipway's", in.Bundle, marker)
	}
	return ban, nil
}
