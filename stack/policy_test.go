package stack_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/slipway-dev/slipway/stack"
)

func hours(n int) stack.Duration { return stack.Duration(time.Duration(n) * time.Hour) }

func TestPolicyOf(t *testing.T) {
	t.Parallel()
	full := parseFile(t, "testdata/good/full.yaml")
	want := map[string]stack.Policy{
		"test":       {FastRollback: hours(24)},
		"staging-us": {FastRollback: hours(24), Verify: &stack.Verification{Tells: []string{"production"}}},
		"staging": {FastRollback: hours(24), Verify: &stack.Verification{
			Soak: stack.Duration(30 * time.Minute), Tells: []string{"production"},
			Approvals: []stack.Approval{{Count: 1, From: []string{"qa"}, Expires: hours(168)}},
		}},
		"production": {
			Verified: true, FastRollback: hours(2), Freeze: full.Environments[3].Gates.Freeze,
			Approvals: []stack.Approval{{Count: 2, From: []string{"ann", "bob", "cem"}, Expires: hours(72)}},
		},
	}
	for _, environment := range full.Environments {
		if diff := cmp.Diff(want[environment.Name], full.PolicyOf(environment)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", environment.Name, diff)
		}
	}
}

func TestStableNeedsNoVerifiedReleaseWhereNothingIsVerified(t *testing.T) {
	t.Parallel()
	production := stack.Environment{Name: "production", Channel: stack.ChannelStable}
	staging := stack.Environment{Name: "staging", Channel: stack.ChannelRC}
	alone := stack.Stack{Environments: []stack.Environment{production}}
	both := stack.Stack{Environments: []stack.Environment{staging, production}}
	open := stack.Stack{Environments: []stack.Environment{staging, {Name: "production", Channel: stack.ChannelStable, Gates: stack.Gates{Unverified: true}}}}
	for name, test := range map[string]struct {
		stack stack.Stack
		want  bool
	}{"no environment for rc": {alone, false}, "one for rc": {both, true}, "verified: false": {open, false}} {
		if got := test.stack.WantsVerified(stack.ChannelStable); got != test.want {
			t.Errorf("%s: WantsVerified = %t", name, got)
		}
		if test.stack.WantsVerified(stack.ChannelRC) {
			t.Errorf("%s: an rc wants a verified rc", name)
		}
	}
}

func TestStricter(t *testing.T) {
	t.Parallel()
	ann := stack.Approval{Count: 1, From: []string{"ann"}, Expires: hours(72)}
	two := stack.Approval{Count: 2, Expires: hours(24)}
	weekend := stack.Window{Name: "weekend", Begins: "0 18 * * FRI", Lasts: hours(60)}
	night := stack.Window{Name: "night", Begins: "0 22 * * *", Lasts: hours(8)}
	sooner := ann
	sooner.Expires = hours(1)
	old := stack.Policy{
		Verified: true, Approvals: []stack.Approval{ann}, Freeze: []stack.Window{weekend}, FastRollback: hours(2),
		Verify: &stack.Verification{Soak: hours(1), Tells: []string{"production"}},
	}
	tests := map[string]struct{ next, want stack.Policy }{
		"nothing loosens nothing": {stack.Policy{FastRollback: hours(24)}, old},
		"both ask": {
			stack.Policy{
				Approvals: []stack.Approval{two, sooner}, Freeze: []stack.Window{night, weekend}, FastRollback: hours(1),
				Verify: &stack.Verification{Soak: hours(2), Approvals: []stack.Approval{two}, Tells: []string{"canada", "production"}},
			},
			stack.Policy{
				Verified: true, Approvals: []stack.Approval{sooner, two}, Freeze: []stack.Window{weekend, night}, FastRollback: hours(1),
				Verify: &stack.Verification{Soak: hours(2), Approvals: []stack.Approval{two}, Tells: []string{"production", "canada"}},
			},
		},
	}
	for name, test := range tests {
		if diff := cmp.Diff(test.want, old.Stricter(test.next)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

// Whatever two policies ask for, both of them are met when the stricter one is.
func TestStricterIsNeverLooserThanEither(t *testing.T) {
	t.Parallel()
	policy := rapid.Custom(func(t *rapid.T) stack.Policy {
		approval := rapid.Custom(func(t *rapid.T) stack.Approval {
			return stack.Approval{
				Count: rapid.IntRange(1, 3).Draw(t, "count"), Expires: hours(rapid.IntRange(1, 3).Draw(t, "expires")),
				From: rapid.SliceOfN(rapid.SampledFrom([]string{"ann", "bob"}), 0, 2).Draw(t, "from"),
			}
		})
		return stack.Policy{
			Verified: rapid.Bool().Draw(t, "verified"), FastRollback: hours(rapid.IntRange(1, 48).Draw(t, "fast")),
			Approvals: rapid.SliceOfN(approval, 0, 3).Draw(t, "approvals"),
			Freeze: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) stack.Window {
				return stack.Window{Name: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "name")}
			}), 0, 2).Draw(t, "freeze"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := policy.Draw(t, "a"), policy.Draw(t, "b")
		strict := a.Stricter(b)
		for _, one := range []stack.Policy{a, b} {
			if one.Verified && !strict.Verified || strict.FastRollback > one.FastRollback {
				t.Fatalf("%+v is looser than %+v", strict, one)
			}
			for _, approval := range one.Approvals {
				if !asks(strict.Approvals, approval) {
					t.Fatalf("%+v does not ask for %+v", strict.Approvals, approval)
				}
			}
			for _, window := range one.Freeze {
				if !contains(strict.Freeze, window) {
					t.Fatalf("%+v does not freeze in %+v", strict.Freeze, window)
				}
			}
		}
	})
}

func asks(approvals []stack.Approval, want stack.Approval) bool {
	for _, approval := range approvals {
		if approval.Count == want.Count && cmp.Equal(approval.From, want.From) && approval.Expires <= want.Expires {
			return true
		}
	}
	return false
}

func contains(windows []stack.Window, want stack.Window) bool {
	for _, window := range windows {
		if window == want {
			return true
		}
	}
	return false
}
