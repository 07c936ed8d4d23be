package bundle

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/stack"
)

// candidateTag is the tag of the last rc of a commit, verified or not.
func candidateTag(commit string) string { return "candidate-" + commit }

// verifiedTag is the tag of the rc of a commit that was verified. It is the only
// place where a stable release looks.
func verifiedTag(commit string) string { return "verified-" + commit }

// ReadPolicyInput names a release that wants into an environment.
type ReadPolicyInput struct {
	Environment string    `json:"environment"`
	Bundle      Reference `json:"bundle"`
	// Current is what the environment runs, zero at its first release.
	Current Reference `json:"current,omitzero"`
}

// ReadPolicy gives the policy that a release has to meet: the stricter of its own
// and that of the release that runs, so that no release loosens the gates in its
// own way. NotFound when the release is not made for the environment,
// Unavailable, Unauthorized.
func (a *Activities) ReadPolicy(ctx context.Context, in ReadPolicyInput) (stack.Policy, error) {
	policy, err := a.policy(ctx, in.Bundle, in.Environment)
	if err != nil {
		return stack.Policy{}, fmt.Errorf("reading the policy of %s: %w", in.Environment, err)
	}
	if policy == nil {
		policy = &stack.Policy{}
	}
	if in.Current.IsZero() || in.Current == in.Bundle {
		return *policy, nil
	}
	current, err := a.policy(ctx, in.Current, in.Environment)
	switch {
	case err != nil:
		return stack.Policy{}, fmt.Errorf("reading the policy of %s as it is: %w", in.Environment, err)
	case current == nil:
		return *policy, nil
	}
	return current.Stricter(*policy), nil
}

func (a *Activities) policy(ctx context.Context, ref Reference, environment string) (*stack.Policy, error) {
	content, err := a.read(ctx, ref)
	if err != nil {
		return nil, err
	}
	recorded, err := environmentOf(content.Release, environment)
	return recorded.Policy, err
}

// FindCandidateInput names the commit of a stable release.
type FindCandidateInput struct {
	Repository string `json:"repository"`
	Commit     string `json:"commit"`
}

// Candidate is the rc whose images a stable release takes; Bundle is zero when
// there is none.
type Candidate struct {
	Bundle  Reference `json:"bundle"`
	Version string    `json:"version,omitempty"`
	// Verified tells whether it is the verified one.
	Verified bool `json:"verified,omitempty"`
	// Digests of the images by service.
	Digests map[string]string `json:"digests,omitempty"`
}

// FindCandidate looks for the rc of a commit: the verified one, or else the last
// one that was released. Unavailable, Unauthorized.
func (a *Activities) FindCandidate(ctx context.Context, in FindCandidateInput) (Candidate, error) {
	for _, tag := range []string{verifiedTag(in.Commit), candidateTag(in.Commit)} {
		ref, content, err := a.find(ctx, in.Repository, tag)
		if err != nil {
			return Candidate{}, fmt.Errorf("finding the rc of commit %s: %w", in.Commit, err)
		}
		if ref.IsZero() {
			continue
		}
		return Candidate{
			Bundle: ref, Version: content.Release.Version, Verified: tag == verifiedTag(in.Commit), Digests: content.Release.digests(),
		}, nil
	}
	return Candidate{}, nil
}

func (r Release) digests() map[string]string {
	digests := map[string]string{}
	for service, image := range r.Images {
		digests[service] = image.Digest
	}
	return digests
}

// RecordVerifiedInput names the rc that was verified.
type RecordVerifiedInput struct {
	Bundle Reference `json:"bundle"`
}

// RecordVerified marks an rc as verified. NotFound, InvalidInput when it is no rc,
// Unavailable, Unauthorized.
//
// It does not judge: the environment in which the rc runs has.
func (a *Activities) RecordVerified(ctx context.Context, in RecordVerifiedInput) error {
	content, err := a.read(ctx, in.Bundle)
	if err != nil {
		return fmt.Errorf("recording that %s is verified: %w", in.Bundle, err)
	}
	if content.Release.Channel != stack.ChannelRC {
		return fault.New(fault.InvalidInput, "recording that %s is verified: it belongs to channel %s, and only rcs are verified",
			content.Release.Version, content.Release.Channel)
	}
	if err := a.Store.Tag(ctx, in.Bundle, verifiedTag(content.Release.Commit)); err != nil {
		return fmt.Errorf("recording that %s is verified: %w", content.Release.Version, err)
	}
	return nil
}

// CheckVerifiedInput names a release that needs a verified rc.
type CheckVerifiedInput struct {
	Bundle Reference `json:"bundle"`
	// Current is what the environment runs, zero at its first release.
	Current Reference `json:"current,omitzero"`
}

// Verified answers whether what was tested is what is promoted.
type Verified struct {
	Yes bool `json:"yes,omitempty"`
	// Never tells that waiting does not help.
	Never bool `json:"never,omitempty"`
	// Message says by what, or why not.
	Message string `json:"message"`
}

// CheckVerified tells whether the images of a release are those of the verified rc
// of its commit. A release that changes only the config of what runs needs none.
// NotFound, Unavailable, Unauthorized.
func (a *Activities) CheckVerified(ctx context.Context, in CheckVerifiedInput) (Verified, error) {
	content, err := a.read(ctx, in.Bundle)
	if err != nil {
		return Verified{}, fmt.Errorf("checking whether %s is verified: %w", in.Bundle, err)
	}
	release := content.Release
	if version, err := stack.ParseVersion(release.Version); err == nil && version.IsConfig() && !in.Current.IsZero() {
		current, err := a.read(ctx, in.Current)
		if err != nil {
			return Verified{}, fmt.Errorf("reading what runs: %w", err)
		}
		if maps.Equal(current.Release.digests(), release.digests()) {
			return Verified{Yes: true, Message: "it changes only the config of what runs"}, nil
		}
	}
	ref, rc, err := a.find(ctx, in.Bundle.Repository, verifiedTag(release.Commit))
	switch {
	case err != nil:
		return Verified{}, fmt.Errorf("finding the verified rc of %s: %w", release.Version, err)
	case ref.IsZero():
		return Verified{Message: fmt.Sprintf("no rc of commit %.12s is verified", release.Commit)}, nil
	}
	ban, err := a.FindBan(ctx, FindBanInput{Bundle: ref})
	switch {
	case err != nil:
		return Verified{}, err
	case ban.Holds():
		return Verified{Never: true, Message: fmt.Sprintf("%s, which was verified, is banned: %s", rc.Release.Version, ban.Reason)}, nil
	}
	if differing := differing(release, rc.Release); len(differing) > 0 {
		return Verified{Never: true, Message: fmt.Sprintf("its images are not those of %s, which was verified: %s",
			rc.Release.Version, strings.Join(differing, ", "))}, nil
	}
	return Verified{Yes: true, Message: rc.Release.Version + " of the same commit and images is verified"}, nil
}

// differing names the services whose images are not the same.
func differing(a, b Release) []string {
	var services []string
	for service, image := range a.Images {
		if b.Images[service].Digest != image.Digest {
			services = append(services, service)
		}
	}
	slices.Sort(services)
	return services
}
