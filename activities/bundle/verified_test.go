package bundle_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/source/sourcetest"
	"github.com/slipway-dev/slipway/stack"
)

// as assembles the commit of the release as another version, with other images if
// given.
func (r *release) as(t *testing.T, version string, digests map[string]string) bundle.Reference {
	t.Helper()
	in := r.in
	in.Version = version
	if digests != nil {
		in.Digests = digests
	}
	got, err := r.AssembleBundle(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return got.Bundle
}

func (r *release) candidate(t *testing.T) bundle.Candidate {
	t.Helper()
	got, err := r.FindCandidate(context.Background(), bundle.FindCandidateInput{Repository: r.bundles, Commit: r.in.Commit})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func (r *release) verified(t *testing.T, ref, current bundle.Reference) bundle.Verified {
	t.Helper()
	got, err := r.CheckVerified(context.Background(), bundle.CheckVerifiedInput{Bundle: ref, Current: current})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestAStableReleaseTakesTheImagesOfTheVerifiedRC(t *testing.T) {
	t.Parallel()
	ctx, r := context.Background(), newRelease(t)
	if got := r.candidate(t); !got.Bundle.IsZero() {
		t.Fatalf("a candidate before the first rc: %+v", got)
	}
	first := r.assemble(t)
	second := r.as(t, "1.0.0-rc.2", map[string]string{"catalog": digest("3"), "front": digest("2")})
	if got := r.candidate(t); got.Bundle != second || got.Verified || got.Version != "1.0.0-rc.2" || got.Digests["catalog"] != digest("3") {
		t.Fatalf("candidate = %+v, want the last rc", got)
	}
	if err := r.RecordVerified(ctx, bundle.RecordVerifiedInput{Bundle: first}); err != nil {
		t.Fatal(err)
	}
	if got := r.candidate(t); got.Bundle != first || !got.Verified || got.Digests["catalog"] != digest("1") {
		t.Fatalf("candidate = %+v, want the verified rc", got)
	}
}

func TestCheckVerified(t *testing.T) {
	t.Parallel()
	ctx, r := context.Background(), newRelease(t)
	rc := r.assemble(t)
	stable := r.as(t, "1.0.0", nil)
	other := r.as(t, "1.0.1", map[string]string{"catalog": digest("1"), "front": digest("4")})
	none := bundle.Reference{}

	if got := r.verified(t, stable, none); got.Yes || got.Never || !strings.Contains(got.Message, "no rc of commit") {
		t.Errorf("before anything is verified: %+v", got)
	}
	if got := r.verified(t, stable, stable); got.Yes {
		t.Errorf("images that run already, with other manifests perhaps: %+v", got)
	}
	config, err := r.AssembleConfig(ctx, bundle.AssembleConfigInput{Source: r.upstream.Dir, Commit: r.upstream.Commit("CHANGES", "more"), Current: stable})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.verified(t, config.Bundle, stable); !got.Yes {
		t.Errorf("other config for what runs: %+v", got)
	}
	if got := r.verified(t, config.Bundle, other); got.Yes {
		t.Errorf("other config for something else: %+v", got)
	}
	if err := r.RecordVerified(ctx, bundle.RecordVerifiedInput{Bundle: rc}); err != nil {
		t.Fatal(err)
	}
	if got := r.verified(t, stable, none); !got.Yes || !strings.Contains(got.Message, "1.0.0-rc.1") {
		t.Errorf("the same images: %+v", got)
	}
	if got := r.verified(t, other, stable); got.Yes || !got.Never || !strings.Contains(got.Message, "front") || strings.Contains(got.Message, "catalog") {
		t.Errorf("another image: %+v, want front named", got)
	}
}

func TestOnlyAnRCIsVerified(t *testing.T) {
	t.Parallel()
	r := newRelease(t)
	stable := r.as(t, "1.0.0", nil)
	err := r.RecordVerified(context.Background(), bundle.RecordVerifiedInput{Bundle: stable})
	if fault.CodeOf(err) != fault.InvalidInput {
		t.Errorf("error = %v", err)
	}
}

func TestReadPolicyIsTheStricterOfBothReleases(t *testing.T) {
	t.Parallel()
	ctx, r := context.Background(), newRelease(t)
	files := sourcetest.Shop(r.server.Host + "/shop")["slipway.yaml"]
	r.upstream.Write(map[string]string{"slipway.yaml": files + "    gates: {approval: {count: 2}}\n"})
	r.in.Commit = r.upstream.Commit("CHANGES", "an approval")
	strict := r.as(t, "1.0.0", nil)
	r.upstream.Write(map[string]string{"slipway.yaml": files + "    gates: {verified: false}\n    fastRollback: 1h\n"})
	r.in.Commit = r.upstream.Commit("CHANGES", "no gates any more")
	loose := r.as(t, "1.1.0", nil)

	got, err := r.ReadPolicy(ctx, bundle.ReadPolicyInput{Environment: "production", Bundle: loose, Current: strict})
	if err != nil {
		t.Fatal(err)
	}
	if !got.Verified || len(got.Approvals) != 1 || got.Approvals[0].Count != 2 || got.FastRollback != stack.Duration(time.Hour) {
		t.Errorf("policy = %+v, want the gates of the release that runs", got)
	}
	got, err = r.ReadPolicy(ctx, bundle.ReadPolicyInput{Environment: "production", Bundle: loose})
	if err != nil || got.Verified || len(got.Approvals) != 0 {
		t.Errorf("the first release: %+v, %v", got, err)
	}
	_, err = r.ReadPolicy(ctx, bundle.ReadPolicyInput{Environment: "staging", Bundle: loose})
	if fault.CodeOf(err) != fault.NotFound {
		t.Errorf("an environment that it is not made for: %v", err)
	}
}

func TestBan(t *testing.T) {
	t.Parallel()
	ctx, r := context.Background(), newRelease(t)
	ref := r.assemble(t)
	find := func() bundle.Ban {
		t.Helper()
		got, err := r.FindBan(ctx, bundle.FindBanInput{Bundle: ref})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	record := func(version string, lift bool) bundle.Ban {
		t.Helper()
		got, err := r.RecordBan(ctx, bundle.RecordBanInput{
			Repository: r.bundles, Version: version, Lift: lift, By: "ann", Reason: "eats orders", At: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC),
		})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := find(); got.Holds() {
		t.Fatalf("banned from the start: %+v", got)
	}
	if made := record("1.0.0-rc.1", false); !made.Holds() || made.Bundle != ref {
		t.Fatalf("ban = %+v", made)
	}
	if got := find(); !got.Holds() || got.By != "ann" || got.Reason != "eats orders" || got.Version != "1.0.0-rc.1" {
		t.Errorf("found %+v", got)
	}
	record(ref.Digest, true)
	if got := find(); got.Holds() || !got.Lifted {
		t.Errorf("after it was lifted: %+v", got)
	}
	for _, nobody := range []string{"9.9.9", digest("9")} {
		_, err := r.RecordBan(ctx, bundle.RecordBanInput{Repository: r.bundles, Version: nobody})
		if fault.CodeOf(err) != fault.NotFound {
			t.Errorf("banning %s: %v", nobody, err)
		}
	}
}
