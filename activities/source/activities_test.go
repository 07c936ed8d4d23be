package source_test

import (
	"context"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/scratch"
	"github.com/slipway-dev/slipway/activities/source"
	"github.com/slipway-dev/slipway/activities/source/git"
	"github.com/slipway-dev/slipway/activities/source/sourcetest"
	"github.com/slipway-dev/slipway/stack"
)

func activities(t *testing.T) *source.Activities {
	t.Helper()
	dir := t.TempDir()
	space, err := scratch.Open(filepath.Join(dir, "scratch"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		left, err := filepath.Glob(filepath.Join(dir, "scratch", "process-*", "*-*"))
		if err != nil || len(left) > 0 {
			t.Errorf("left behind: %q, %v", left, err)
		}
		if err := space.Close(); err != nil {
			t.Error(err)
		}
	})
	repository, err := git.New(filepath.Join(dir, "mirrors"), space)
	if err != nil {
		t.Fatal(err)
	}
	return &source.Activities{Repository: repository}
}

func shop(t *testing.T, changes map[string]string) (*sourcetest.Upstream, string) {
	t.Helper()
	upstream := sourcetest.New(t)
	upstream.Write(sourcetest.Shop("localhost:5000/shop", "registry.example.com/shop"))
	upstream.Write(changes)
	return upstream, upstream.Commit("CHANGES", "first\n")
}

func TestReadRelease(t *testing.T) {
	t.Parallel()
	upstream, commit := shop(t, nil)
	upstream.Git("tag", "v1.0.0-rc.1")
	upstream.Git("tag", "--annotate", "--message", "release", "1.0.0")
	upstream.Git("tag", "v0.9.0")
	next := upstream.Commit("CHANGES", "second\n")
	upstream.Git("tag", "v2.0.0")
	reading := activities(t)

	want := source.ReleasePlan{
		Stack: "shop", Commit: commit,
		Services:         []source.BuildPlan{{Service: "catalog", Go: "catalog"}, {Service: "front", Go: "front"}},
		Registries:       []string{"localhost:5000/shop", "registry.example.com/shop"},
		BundleRepository: "localhost:5000/shop/shop.bundle",
	}
	tests := []struct {
		name        string
		tag, commit string
		version     string
		channel     stack.Channel
		environment string
		resolved    string
	}{
		{"an rc goes to staging", "v1.0.0-rc.1", "", "1.0.0-rc.1", stack.ChannelRC, "staging", commit},
		{"a stable version goes to production", "1.0.0", "", "1.0.0", stack.ChannelStable, "production", commit},
		{
			"a commit is a snapshot of the patch after the highest stable tag before it", "", commit[:9],
			"1.0.1-SNAPSHOT." + commit[:12], stack.ChannelSnapshot, "test", commit,
		},
		{
			"a commit that is tagged comes after its own tag", "", next,
			"2.0.1-SNAPSHOT." + next[:12], stack.ChannelSnapshot, "test", next,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := reading.ReadRelease(context.Background(), source.ReadReleaseInput{
				Stack: "shop", Repository: upstream.Dir, Tag: test.tag, Commit: test.commit,
			})
			want := want
			want.Version, want.Channel, want.Commit, want.Environments = test.version, test.channel, test.resolved, []string{test.environment}
			// Only what goes to production has to be tested first.
			want.Verified = test.channel == stack.ChannelStable
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
			}
		})
	}
}

func TestReadReleaseRefuses(t *testing.T) {
	t.Parallel()
	stackFile := sourcetest.Shop("localhost:5000/shop")["slipway.yaml"]
	tests := []struct {
		name    string
		changes map[string]string
		in      source.ReadReleaseInput
		code    fault.Code
		// text is what the error says, or if it ends in …, begins with.
		text string
	}{
		{
			name: "neither a tag nor a commit", in: source.ReadReleaseInput{Stack: "shop"},
			code: fault.InvalidInput, text: "reading the release of shop: neither tag nor commit is given",
		},
		{
			name: "both a tag and a commit", in: source.ReadReleaseInput{Stack: "shop", Tag: "v1.0.0", Commit: "abcdef0"},
			code: fault.InvalidInput, text: "reading the release of shop: both a tag (v1.0.0) and a commit (abcdef0) are given; a tag names its commit",
		},
		{
			name: "a tag that is no version", in: source.ReadReleaseInput{Stack: "shop", Tag: "v1.0"},
			code: fault.InvalidInput, text: `tag "v1.0": …`,
		},
		{
			name: "a tag that does not exist", in: source.ReadReleaseInput{Stack: "shop", Tag: "v7.0.0"},
			code: fault.NotFound, text: `tag "v7.0.0" does not exist in …`,
		},
		{
			name: "a commit that does not exist", in: source.ReadReleaseInput{Stack: "shop", Commit: strings.Repeat("1", 40)},
			code: fault.NotFound, text: "commit " + strings.Repeat("1", 40) + " is on no branch…",
		},
		{
			name: "a commit without any version", in: source.ReadReleaseInput{Stack: "shop", Commit: "HEAD"},
			code: fault.InvalidInput, text: "slipway.yaml: version: is not given, and no stable tag comes before commit …",
		},
		{
			name: "another stack", in: source.ReadReleaseInput{Stack: "store", Tag: "v1.0.0-rc.1"},
			code: fault.InvalidInput, text: `slipway.yaml: stack: is "shop", but the release is one of "store"; ` +
				`release it under its own name, or correct the repository's URL`,
		},
		{
			name: "a channel that goes nowhere", in: source.ReadReleaseInput{Stack: "shop", Tag: "v1.0.0-rc.1"},
			changes: map[string]string{"slipway.yaml": strings.Replace(stackFile, "channel: rc", "channel: stable", 1)},
			code:    fault.InvalidInput, text: "slipway.yaml: environments: none takes channel rc, to which version 1.0.0-rc.1 belongs; " +
				"here snapshot goes to test, stable goes to staging and production",
		},
		{
			name: "a stack file with a typo", in: source.ReadReleaseInput{Stack: "shop", Tag: "v1.0.0-rc.1"},
			changes: map[string]string{"slipway.yaml": strings.Replace(stackFile, "needs:", "need:", 1)},
			code:    fault.InvalidInput, text: `slipway.yaml:11:5: services.front.need: is no field of slipway.yaml…`,
		},
		{
			name: "a directory without Go files", in: source.ReadReleaseInput{Stack: "shop", Tag: "v1.0.0-rc.1"},
			changes: map[string]string{"slipway.yaml": strings.Replace(stackFile, "go: ./front", "go: ./front/k8s", 1)},
			code:    fault.InvalidInput, text: `slipway.yaml: services.front.build.go: "front/k8s" has no Go files that are built for linux without cgo; ` +
				`name the directory of a package main`,
		},
		{
			name: "a package that is no program", in: source.ReadReleaseInput{Stack: "shop", Tag: "v1.0.0-rc.1"},
			changes: map[string]string{"slipway.yaml": strings.Replace(stackFile, "go: ./front", "go: ./text", 1)},
			code:    fault.InvalidInput, text: `slipway.yaml: services.front.build.go: "text" is package text; name the directory of a package main`,
		},
		{
			name: "two packages in one directory", in: source.ReadReleaseInput{Stack: "shop", Tag: "v1.0.0-rc.1"},
			changes: map[string]string{"front/other.go": "package other\n"},
			code:    fault.InvalidInput, text: `slipway.yaml: services.front.build.go: "front" has files of two packages, main and other; …`,
		},
		{
			name: "manifests that name no image", in: source.ReadReleaseInput{Stack: "shop", Tag: "v1.0.0-rc.1"},
			changes: map[string]string{"front/k8s/deployment.yaml": "kind: Deployment\n"},
			code:    fault.InvalidInput, text: "front/k8s/deployment.yaml:1…",
		},
		{
			name: "config that includes what is not there", in: source.ReadReleaseInput{Stack: "shop", Tag: "v1.0.0-rc.1"},
			changes: map[string]string{"config/front.conf": "a = 1\ninclude \"base.conf\"\n"},
			code:    fault.InvalidInput, text: "config/front.conf:2:1: …",
		},
		{
			name: "config of a cluster that does not resolve", in: source.ReadReleaseInput{Stack: "shop", Tag: "v1.0.0-rc.1"},
			changes: map[string]string{
				"config/front.conf":                 "a = 1\n",
				"config/staging/local-1/front.conf": "include \"../../front\"\nb = ${c}\n",
			},
			code: fault.InvalidInput, text: "config/staging/local-1/front.conf:2:5: c: ${c} has no value; …",
		},
		{
			name: "a credential in config", in: source.ReadReleaseInput{Stack: "shop", Tag: "v1.0.0-rc.1"},
			changes: map[string]string{"config/front.conf": "db.password = hunter22\n"},
			code:    fault.InvalidInput, text: "config/front.conf:1:15: db.password: looks like a credential written out; …",
		},
		{
			name: "config that no manifest uses", in: source.ReadReleaseInput{Stack: "shop", Tag: "v1.0.0-rc.1"},
			changes: map[string]string{"config/front.conf": "a = 1\n"},
			code:    fault.InvalidInput, text: `config/front.conf: service front: no manifest refers to the ConfigMap "front-config" of this config; …`,
		},
	}
	for _, test := range tests {
		t.Run(test.name+" is refused", func(t *testing.T) {
			t.Parallel()
			upstream, commit := shop(t, test.changes)
			upstream.Git("tag", "v1.0.0-rc.1")
			test.in.Repository = upstream.Dir
			if test.in.Commit == "HEAD" {
				test.in.Commit = commit
			}
			_, err := activities(t).ReadRelease(context.Background(), test.in)
			if fault.CodeOf(err) != test.code || err == nil {
				t.Fatalf("got %s %v, want %s", fault.CodeOf(err), err, test.code)
			}
			begin, open := strings.CutSuffix(test.text, "…")
			if !strings.HasPrefix(err.Error(), begin) || !open && err.Error() != test.text {
				t.Errorf("got  %q\nwant %q", err, test.text)
			}
		})
	}
}

func TestReadReleaseLooksAtTheConfigOfItsChannelAlone(t *testing.T) {
	t.Parallel()
	manifest := sourcetest.Shop("localhost:5000/shop")["front/k8s/deployment.yaml"]
	upstream, _ := shop(t, map[string]string{
		"front/k8s/deployment.yaml":    strings.Replace(manifest, "          image: front\n", "          image: front\n          envFrom: [{configMapRef: {name: front-config}}]\n", 1),
		"config/front.conf":            "greeting = hello\n",
		"config/production/front.conf": "include \"../front\"\ngreeting = ${nothing}\n",
	})
	upstream.Git("tag", "v1.0.0-rc.1")
	upstream.Git("tag", "v1.0.0")
	reading := activities(t)
	read := func(tag string) error {
		_, err := reading.ReadRelease(context.Background(), source.ReadReleaseInput{Stack: "shop", Repository: upstream.Dir, Tag: tag})
		return err
	}
	if err := read("v1.0.0-rc.1"); err != nil {
		t.Errorf("staging has config of its own: %v", err)
	}
	if err := read("v1.0.0"); err == nil || !strings.HasPrefix(err.Error(), "config/production/front.conf:2:12: ") {
		t.Errorf("production: got %v", err)
	}
}

func TestReadReleaseReportsEverythingAtOnce(t *testing.T) {
	t.Parallel()
	files := sourcetest.Shop("localhost:5000/shop")
	upstream, _ := shop(t, map[string]string{
		"slipway.yaml":              strings.Replace(files["slipway.yaml"], "go: ./front", "go: ./text", 1),
		"front/k8s/deployment.yaml": strings.Replace(files["front/k8s/deployment.yaml"], "kind: Deployment\n", "", 1),
	})
	upstream.Git("tag", "v1.0.0-rc.1")
	_, err := activities(t).ReadRelease(context.Background(), source.ReadReleaseInput{
		Stack: "store", Repository: upstream.Dir, Tag: "v1.0.0-rc.1",
	})
	if err == nil {
		t.Fatal("nothing is refused")
	}
	lines := strings.Split(err.Error(), "\n")
	begins := []string{"slipway.yaml: stack: ", "slipway.yaml: services.front.build.go: ", "front/k8s/deployment.yaml:1"}
	if len(lines) != len(begins) {
		t.Fatalf("got %d lines, want %d:\n%v", len(lines), len(begins), err)
	}
	for i, begin := range begins {
		if !strings.HasPrefix(lines[i], begin) {
			t.Errorf("line %d is %q, want it to begin with %q", i, lines[i], begin)
		}
	}
}
