package git_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/source/sourcetest"
)

func TestResolveRef(t *testing.T) {
	t.Parallel()
	repository, shop := open(t), sourcetest.New(t)
	first := shop.Commit("a", "1")
	shop.Git("tag", "--annotate", "--message", "release", "v1.0.0")
	shop.Git("branch", "both")
	shop.Git("tag", "both")
	second := shop.Commit("a", "2")
	shop.Git("branch", "sub/topic")
	main := shop.Git("rev-parse", "--abbrev-ref", "HEAD")
	for _, c := range []struct {
		name, ref, want string
		code            fault.Code
	}{
		{name: "nothing is the default branch", ref: "", want: second},
		{name: "a branch", ref: main, want: second},
		{name: "a branch with a slash", ref: "sub/topic", want: second},
		{name: "an annotated tag is its commit", ref: "v1.0.0", want: first},
		{name: "a tag in full", ref: "refs/tags/v1.0.0", want: first},
		{name: "a commit", ref: first, want: first},
		{name: "a commit that is cut", ref: first[:10], want: first},
		{name: "a branch and a tag in full", ref: "refs/heads/both", want: first},
		{name: "a branch and a tag", ref: "both", code: fault.InvalidInput},
		{name: "the end of a branch's name", ref: "topic", code: fault.NotFound},
		{name: "what is not there", ref: "nowhere", code: fault.NotFound},
		{name: "an option", ref: "--upload-pack=x", code: fault.InvalidInput},
		{name: "a pattern", ref: "v*", code: fault.InvalidInput},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := repository.ResolveRef(t.Context(), shop.Dir, c.ref)
			if c.code != "" {
				if fault.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.ref) {
					t.Errorf("got %q, %v; want %s that names it", got, err, c.code)
				}
				return
			}
			if err != nil || got != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

func TestChangedFiles(t *testing.T) {
	t.Parallel()
	repository, shop := open(t), sourcetest.New(t)
	from := shop.Commit("config/ä b.conf", "1")
	shop.Commit("gone", "1")
	middle := shop.Commit("code.go", "1")
	shop.Git("rm", "--quiet", "gone")
	to := shop.Commit("config/ä b.conf", "2")
	for _, c := range []struct {
		name, from, to string
		want           []string
	}{
		{"changed, added and removed", from, to, []string{"code.go", "config/ä b.conf"}},
		{"what only the old one has", middle, to, []string{"config/ä b.conf", "gone"}},
		{"nothing", to, to, nil},
	} {
		got, err := repository.ChangedFiles(t.Context(), shop.Dir, c.from, c.to)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, %v; want %q", c.name, got, err, c.want)
		}
	}
}
