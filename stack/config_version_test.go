package stack_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/stack"
)

func TestConfigVersions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		running, want, display, tag, base string
		channel                           stack.Channel
	}{
		{"1.4.0", "1.4.0+config.8f3c2a9d41b7", "1.4.0+config.8f3c2a9d41b7", "1.4.0_config.8f3c2a9d41b7", "1.4.0", stack.ChannelStable},
		{
			"1.4.0-rc.2", "1.4.0-rc.2+config.8f3c2a9d41b7", "1.4.0-rc.2+config.8f3c2a9d41b7", "1.4.0-rc.2_config.8f3c2a9d41b7",
			"1.4.0-rc.2", stack.ChannelRC,
		},
		{
			"1.4.0-SNAPSHOT.012345678901", "1.4.0-SNAPSHOT.012345678901+config.8f3c2a9d41b7", "1.4.0-SNAPSHOT+config.8f3c2a9d41b7",
			"1.4.0-SNAPSHOT.012345678901_config.8f3c2a9d41b7", "1.4.0-SNAPSHOT.012345678901", stack.ChannelSnapshot,
		},
		{"1.4.0+config.000000000000", "1.4.0+config.8f3c2a9d41b7", "1.4.0+config.8f3c2a9d41b7", "1.4.0_config.8f3c2a9d41b7", "1.4.0", stack.ChannelStable},
	} {
		t.Run(test.running, func(t *testing.T) {
			t.Parallel()
			got, err := stack.ConfigVersion(mustVersion(t, test.running), commit)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != test.want || got.Display() != test.display || got.Tag() != test.tag || !got.IsConfig() {
				t.Errorf("got %s, which people see as %s and registries as %s, config-only: %t", got, got.Display(), got.Tag(), got.IsConfig())
			}
			base := got.WithoutConfig()
			if base.String() != test.base || base.IsConfig() || got.Channel() != test.channel || base.Channel() != test.channel {
				t.Errorf("without config it is %s of %s; with it of %s", base, base.Channel(), got.Channel())
			}
			if order, ok := got.Compare(base); order != 0 || !ok {
				t.Errorf("compared with %s: %d, %t", base, order, ok)
			}
			if got.NextPatch() != base.NextPatch() && got.Channel() != stack.ChannelSnapshot {
				t.Errorf("next are %s and %s", got.NextPatch(), base.NextPatch())
			}
			var again stack.Version
			text, err := json.Marshal(got)
			if err == nil {
				err = json.Unmarshal(text, &again)
			}
			if err != nil || again != got {
				t.Errorf("came back as %s, %v", again, err)
			}
		})
	}
}

func TestConfigVersionsOfOneChannelAreOrdered(t *testing.T) {
	t.Parallel()
	older, newer := mustVersion(t, "1.4.0+config.ffffffffffff"), mustVersion(t, "1.4.1+config.000000000000")
	if order, ok := older.Compare(newer); order >= 0 || !ok {
		t.Errorf("got %d, %t", order, ok)
	}
	if _, ok := older.Compare(mustVersion(t, "1.4.0-rc.1+config.ffffffffffff")); ok {
		t.Error("orders versions of two channels")
	}
}

func TestConfigVersionRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, running, commit, want string }{
		{"a commit that is too short", "1.4.0", "8f3c2a9d41b", `"8f3c2a9d41b" is no commit: want at least 12 lower-case hexadecimal digits`},
		{"a branch", "1.4.0", "main", `"main" is no commit`},
	} {
		_, err := stack.ConfigVersion(mustVersion(t, test.running), test.commit)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
	if _, err := stack.ConfigVersion(stack.Version{}, commit); err == nil {
		t.Error("nothing runs, but it has a config-only release")
	}
}

func TestOnlySlipwayMakesConfigVersions(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"1.4.0+config.8f3c2a9d41b7", "v1.4.0-rc.1+config.8f3c2a9d41b7"} {
		if got, err := stack.ParseTag(text); err == nil {
			t.Errorf("the tag %q is %s", text, got)
		}
	}
	for _, text := range []string{
		"1.4.0+config", "1.4.0+config.", "1.4.0+config.8F3C2A9D41B7", "1.4.0+config.8f3c2a9d41b70", "1.4.0+conf.8f3c2a9d41b7",
		"+config.8f3c2a9d41b7", "1.4+config.8f3c2a9d41b7", "1.4.0+config.8f3c2a9d41b7+config.8f3c2a9d41b7", "v1.4.0+config.8f3c2a9d41b7",
		"1.4.0+5", "1.4.0-SNAPSHOT.8f3c2a9d41b+config.8f3c2a9d41b7", "1.4.0_config.8f3c2a9d41b7",
	} {
		if got, err := stack.ParseVersion(text); err == nil {
			t.Errorf("%q is the version %s", text, got)
		}
	}
	if _, err := stack.Snapshot(mustVersion(t, "1.4.0+config.8f3c2a9d41b7"), commit); err == nil {
		t.Error("there is a snapshot of a config-only release")
	}
	_, err := stack.Parse("slipway.yaml", []byte("stack: shop\nversion: 1.4.0+config.8f3c2a9d41b7\n"))
	if want := `slipway.yaml:2:10: version: "1.4.0+config.8f3c2a9d41b7" is the version of a config-only release; write "1.4.0"`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
