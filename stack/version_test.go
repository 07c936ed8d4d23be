package stack_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"

	"github.com/slipway-dev/slipway/stack"
)

const commit = "8f3c2a9d41b7e6058f3c2a9d41b7e6058f3c2a9d"

func mustVersion(t *testing.T, text string) stack.Version {
	t.Helper()
	version, err := stack.ParseVersion(text)
	if err != nil {
		t.Fatal(err)
	}
	return version
}

func TestParseTagAcceptsReleasesAndCandidates(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]struct {
		version string
		channel stack.Channel
	}{
		"1.4.0":                              {"1.4.0", stack.ChannelStable},
		"v1.4.0":                             {"1.4.0", stack.ChannelStable},
		"0.0.0":                              {"0.0.0", stack.ChannelStable},
		"v20260101123000.0.1":                {"20260101123000.0.1", stack.ChannelStable},
		"18446744073709551615.0.0":           {"18446744073709551615.0.0", stack.ChannelStable},
		"v1.4.0-rc.0":                        {"1.4.0-rc.0", stack.ChannelRC},
		"1.4.0-rc.10":                        {"1.4.0-rc.10", stack.ChannelRC},
		"v1.4.0-rc.18446744073709551615":     {"1.4.0-rc.18446744073709551615", stack.ChannelRC},
		"v100000000000.200000000000.3-rc.44": {"100000000000.200000000000.3-rc.44", stack.ChannelRC},
	} {
		t.Run(tag, func(t *testing.T) {
			t.Parallel()
			version, err := stack.ParseTag(tag)
			if err != nil {
				t.Fatal(err)
			}
			if version.String() != want.version || version.Channel() != want.channel {
				t.Errorf("got %s in %s, want %s in %s", version, version.Channel(), want.version, want.channel)
			}
		})
	}
}

func TestParseTagNamesTheBrokenRule(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, tag, want string
	}{
		{"an empty tag", "", `tag "": holds no version (SemVer 2.0.0, rule 2)`},
		{"a lone v", "v", `tag "v": holds no version (SemVer 2.0.0, rule 2)`},
		{"a capital V", "V1.0.0", `tag "V1.0.0": only one lower-case "v" may stand before the major version (SemVer 2.0.0, rule 2); write "v1.0.0"`},
		{"two v", "vv1.0.0", `tag "vv1.0.0": only one lower-case "v" may stand before the major version (SemVer 2.0.0, rule 2)`},
		{"a word", "latest", `tag "latest": the major version "latest" is not a number (SemVer 2.0.0, rule 2)`},
		{"a missing patch", "v1.4", `tag "v1.4": has no patch version (SemVer 2.0.0, rule 2); write "v1.4.0"`},
		{"a missing minor", "v1", `tag "v1": has no minor version (SemVer 2.0.0, rule 2); write "v1.0.0"`},
		{"a missing patch before a candidate", "1.4-rc.1", `tag "1.4-rc.1": has no patch version (SemVer 2.0.0, rule 2); write "1.4.0-rc.1"`},
		{"a fourth number", "1.2.3.4", `tag "1.2.3.4": has 4 numbers where major, minor and patch are three (SemVer 2.0.0, rule 2); write "1.2.3"`},
		{"a leading zero", "v1.02.0", `tag "v1.02.0": the minor version "02" has a leading zero (SemVer 2.0.0, rule 2); write "v1.2.0"`},
		{"an empty number", "1..0", `tag "1..0": the minor version is empty (SemVer 2.0.0, rule 2)`},
		{"a trailing dot", "1.2.", `tag "1.2.": the patch version is empty (SemVer 2.0.0, rule 2)`},
		{"a letter in a number", "1.x.0", `tag "1.x.0": the minor version "x" is not a number (SemVer 2.0.0, rule 2)`},
		{"a negative number", "-1.0.0", `tag "-1.0.0": the major version is empty (SemVer 2.0.0, rule 2)`},
		{"a number too large", "18446744073709551616.0.0", `tag "18446744073709551616.0.0": the major version "18446744073709551616" does not fit into 64 bits (SemVer 2.0.0, rule 2)`},
		{"a blank", "1.0.0 ", `tag "1.0.0 ": holds the character ' '; legal are ASCII letters, digits, hyphen, dot and plus (SemVer 2.0.0, rule 2)`},
		{"an underscore in the pre-release", "1.0.0-rc_1", `tag "1.0.0-rc_1": holds the character '_'; legal are ASCII letters, digits, hyphen, dot and plus (SemVer 2.0.0, rule 9); write "1.0.0-rc.1"`},
		{"digits that are not ASCII", "1.0.٣", `tag "1.0.٣": holds the character '٣'; legal are ASCII letters, digits, hyphen, dot and plus (SemVer 2.0.0, rule 2)`},
		{"a full reference", "refs/tags/v1.0.0", `tag "refs/tags/v1.0.0": holds the character '/'; legal are ASCII letters, digits, hyphen, dot and plus (SemVer 2.0.0, rule 2); write "v1.0.0"`},
		{"an empty pre-release", "1.0.0-", `tag "1.0.0-": the pre-release "" holds an empty identifier (SemVer 2.0.0, rule 9)`},
		{"an empty identifier", "1.0.0-rc..1", `tag "1.0.0-rc..1": the pre-release "rc..1" holds an empty identifier (SemVer 2.0.0, rule 9); write "1.0.0-rc.1"`},
		{"a leading zero in the candidate", "1.0.0-rc.01", `tag "1.0.0-rc.01": the numeric identifier "01" of the pre-release has a leading zero (SemVer 2.0.0, rule 9); write "1.0.0-rc.1"`},
		{"build metadata", "1.0.0+5", `tag "1.0.0+5": the build metadata "5" makes no other version, and an image tag cannot hold a plus (SemVer 2.0.0, rule 10); write "1.0.0"`},
		{"empty build metadata", "1.0.0+", `tag "1.0.0+": the build metadata "" holds an empty identifier (SemVer 2.0.0, rule 10); write "1.0.0"`},
		{"two pluses", "1.0.0+a+b", `tag "1.0.0+a+b": the build metadata "a+b" holds a second plus (SemVer 2.0.0, rule 10); write "1.0.0"`},
		{"a candidate in one word", "v1.0.0-rc1", `tag "v1.0.0-rc1": the pre-release "rc1" is one word, by which rc10 comes before rc9; a release candidate is rc.N (Slipway's channels); write "v1.0.0-rc.1"`},
		{"a candidate with a hyphen", "v1.0.0-rc-1", `tag "v1.0.0-rc-1": the pre-release "rc-1" is one word, by which rc10 comes before rc9; a release candidate is rc.N (Slipway's channels); write "v1.0.0-rc.1"`},
		{"a candidate without a number", "v1.0.0-rc", `tag "v1.0.0-rc": the release candidate has no number (Slipway's channels); write "v1.0.0-rc.1"`},
		{"a candidate with two numbers", "1.0.0-rc.1.2", `tag "1.0.0-rc.1.2": the release candidate "1.2" is not one number (Slipway's channels)`},
		{"a candidate with a word", "1.0.0-rc.one", `tag "1.0.0-rc.one": the release candidate "one" is not one number (Slipway's channels)`},
		{"a candidate in capitals", "1.0.0-RC.1", `tag "1.0.0-RC.1": the pre-release "RC.1" is one word, by which rc10 comes before rc9; a release candidate is rc.N (Slipway's channels); write "1.0.0-rc.1"`},
		{"a candidate number too large", "1.0.0-rc.18446744073709551616", `tag "1.0.0-rc.18446744073709551616": the number of the release candidate "18446744073709551616" does not fit into 64 bits (Slipway's channels)`},
		{"a beta", "1.0.0-beta.1", `tag "1.0.0-beta.1": the pre-release "beta.1" is no channel: tags are x.y.z or x.y.z-rc.N (Slipway's channels); write "1.0.0-rc.1"`},
		{"a number as pre-release", "1.0.0-1", `tag "1.0.0-1": the pre-release "1" is no channel: tags are x.y.z or x.y.z-rc.N (Slipway's channels)`},
		{"a snapshot", "1.0.0-SNAPSHOT", `tag "1.0.0-SNAPSHOT": snapshots are made from commits of the main branch, not from tags (Slipway's channels)`},
		{"a snapshot with its commit", "v1.0.0-SNAPSHOT.8f3c2a9d41b7", `tag "v1.0.0-SNAPSHOT.8f3c2a9d41b7": snapshots are made from commits of the main branch, not from tags (Slipway's channels)`},
		{"a snapshot in small letters", "1.0.0-snapshot.1", `tag "1.0.0-snapshot.1": snapshots are made from commits of the main branch, not from tags (Slipway's channels)`},
		{"a tag longer than an image tag", "1.0.0-" + strings.Repeat("a", 128), `tag "1.0.0-` + strings.Repeat("a", 122) + `…": is longer than 128 characters (OCI image tags)`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := stack.ParseTag(test.tag)
			if err == nil {
				t.Fatal("was taken")
			}
			if err.Error() != test.want {
				t.Errorf("got  %s\nwant %s", err, test.want)
			}
			checkSuggestion(t, err)
		})
	}
}

// checkSuggestion holds that what an error tells people to write is accepted.
func checkSuggestion(t *testing.T, err error) {
	t.Helper()
	var refused *stack.TagError
	if !errors.As(err, &refused) {
		t.Fatalf("%T is no TagError", err)
	}
	if refused.Suggestion == "" {
		return
	}
	if _, err := stack.ParseTag(refused.Suggestion); err != nil {
		t.Errorf("the suggestion %q is refused: %v", refused.Suggestion, err)
	}
}

// FuzzParseTag holds ParseTag to the library: what it takes is strict SemVer,
// and what it refuses is not SemVer or breaks a rule of ours.
func FuzzParseTag(f *testing.F) {
	for _, seed := range []string{"v1.4.0", "1.4.0-rc.1", "v1.02.0", "1.0.0-rc1", "1.0.0+a", "1.0.0-SNAPSHOT.8f3c2a9d41b7", "V1", "1..0-", "1.0.0-0.a.-"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, tag string) {
		version, err := stack.ParseTag(tag)
		parsed, strictErr := semver.StrictNewVersion(strings.TrimPrefix(tag, "v"))
		if err == nil {
			if strictErr != nil {
				t.Fatalf("took %q, which is not SemVer: %v", tag, strictErr)
			}
			if again, err := stack.ParseVersion(version.String()); err != nil || again != version {
				t.Fatalf("%q does not come back: %v, %v", tag, again, err)
			}
			return
		}
		checkSuggestion(t, err)
		if strictErr == nil && parsed.Metadata() == "" && parsed.Prerelease() == "" && len(tag) <= 128 {
			t.Fatalf("refused the stable version %q: %v", tag, err)
		}
	})
}

func TestSnapshots(t *testing.T) {
	t.Parallel()
	snapshot, err := stack.Snapshot(mustVersion(t, "1.4.0"), commit)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := snapshot.String(), "1.4.0-SNAPSHOT.8f3c2a9d41b7"; got != want {
		t.Errorf("version %s, want %s", got, want)
	}
	if got, want := snapshot.Display(), "1.4.0-SNAPSHOT"; got != want {
		t.Errorf("people see %s, want %s", got, want)
	}
	if got := snapshot.Channel(); got != stack.ChannelSnapshot {
		t.Errorf("channel %s", got)
	}
	if again := mustVersion(t, snapshot.String()); again != snapshot {
		t.Errorf("came back as %s", again)
	}
}

func TestPeopleSeeOtherVersionsAsTheyAre(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"1.4.0", "1.4.0-rc.1"} {
		if got := mustVersion(t, text).Display(); got != text {
			t.Errorf("people see %s for %s", got, text)
		}
	}
	if got := (stack.Version{}); got.Display() != "" || got.Channel() != "" {
		t.Errorf("no version is seen as %q in channel %q", got.Display(), got.Channel())
	}
}

func TestASnapshotOfDecimalDigitsWithALeadingZeroIsAVersion(t *testing.T) {
	t.Parallel()
	snapshot, err := stack.Snapshot(mustVersion(t, "1.4.0"), "012345678901")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := semver.StrictNewVersion(snapshot.String()); err == nil {
		t.Error("SemVer takes it: the comment on Snapshot is wrong")
	}
	if again := mustVersion(t, snapshot.String()); again != snapshot || again.Channel() != stack.ChannelSnapshot {
		t.Errorf("came back as %s in %s", again, again.Channel())
	}
}

func TestSnapshotRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, base, commit, want string
	}{
		{"a short commit", "1.4.0", "8f3c2a9", `making a snapshot of 1.4.0: "8f3c2a9" is no commit: want at least 12 lower-case hexadecimal digits`},
		{"a branch", "1.4.0", "main", `making a snapshot of 1.4.0: "main" is no commit: want at least 12 lower-case hexadecimal digits`},
		{"a commit in capitals", "1.4.0", strings.ToUpper(commit), `making a snapshot of 1.4.0: "` + strings.ToUpper(commit) + `" is no commit: want at least 12 lower-case hexadecimal digits`},
		{"the base of a candidate", "1.4.0-rc.1", commit, `making a snapshot of "1.4.0-rc.1": want a version of the form x.y.z`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := stack.Snapshot(mustVersion(t, test.base), test.commit)
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestSnapshotBase(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, declared, lastStable, want string
	}{
		{"what the file declares comes first", "2.0.0", "1.4.0", "2.0.0"},
		{"else the last stable tag with its patch raised", "", "1.4.9", "1.4.10"},
		{"else 0.0.1", "", "", "0.0.1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var declared, lastStable stack.Version
			for target, text := range map[*stack.Version]string{&declared: test.declared, &lastStable: test.lastStable} {
				if err := target.UnmarshalText([]byte(text)); err != nil {
					t.Fatal(err)
				}
			}
			if got := stack.SnapshotBase(declared, lastStable); got.String() != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestNextPatch(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{
		"1.4.0": "1.4.1", "1.4.0-rc.2": "1.4.0", "1.4.0-SNAPSHOT.8f3c2a9d41b7": "1.4.0-SNAPSHOT.8f3c2a9d41b7",
	} {
		if got := mustVersion(t, version).NextPatch(); got.String() != want {
			t.Errorf("after %s comes %s, want %s", version, got, want)
		}
	}
	if got := (stack.Version{}).NextPatch(); !got.IsZero() {
		t.Errorf("after no version comes %s", got)
	}
}

func TestVersionsOfOneChannelAreOrdered(t *testing.T) {
	t.Parallel()
	for _, sorted := range [][]string{
		{"0.9.0", "0.10.0", "1.0.0", "1.0.1"},
		{"1.0.0-rc.2", "1.0.0-rc.9", "1.0.0-rc.10", "1.0.1-rc.1"},
	} {
		versions := make([]stack.Version, 0, len(sorted))
		for _, text := range slices.Backward(sorted) {
			versions = append(versions, mustVersion(t, text))
		}
		slices.SortFunc(versions, func(a, b stack.Version) int {
			order, ok := a.Compare(b)
			if !ok {
				t.Errorf("%s and %s have no order", a, b)
			}
			return order
		})
		for i, version := range versions {
			if version.String() != sorted[i] {
				t.Errorf("sorted %v, want %v", versions, sorted)
				break
			}
		}
	}
}

func TestCompareRefusesWhatHasNoOrder(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, a, b string }{
		{"a candidate and a stable version", "1.0.0-rc.1", "1.0.0"},
		{"a snapshot and a candidate", "1.0.0-SNAPSHOT.8f3c2a9d41b7", "1.0.0-rc.1"},
		{"two snapshots", "1.0.0-SNAPSHOT.8f3c2a9d41b7", "1.0.1-SNAPSHOT.8f3c2a9d41b8"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if order, ok := mustVersion(t, test.a).Compare(mustVersion(t, test.b)); ok || order != 0 {
				t.Errorf("got %d, %t", order, ok)
			}
		})
	}
	same := mustVersion(t, "1.0.0-SNAPSHOT.8f3c2a9d41b7")
	if order, ok := same.Compare(same); !ok || order != 0 {
		t.Errorf("a snapshot and itself: %d, %t", order, ok)
	}
}

func TestParseVersionRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                `version "": holds no version (SemVer 2.0.0, rule 2)`,
		"v1.0.0":                          `version "v1.0.0": starts with "v", which belongs to the tag alone (SemVer 2.0.0, rule 2); write "1.0.0"`,
		"1.0.0-SNAPSHOT":                  `version "1.0.0-SNAPSHOT": snapshots are made from commits of the main branch, not from tags (Slipway's channels)`,
		"1.0-SNAPSHOT.8f3c2a9d41b7":       `version "1.0-SNAPSHOT.8f3c2a9d41b7": has no patch version (SemVer 2.0.0, rule 2)`,
		"1.0.0-rc.1-SNAPSHOT.8f3c2a9d41b": `version "1.0.0-rc.1-SNAPSHOT.8f3c2a9d41b": the release candidate "1-SNAPSHOT.8f3c2a9d41b" is not one number (Slipway's channels)`,
	} {
		_, err := stack.ParseVersion(text)
		if err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestASnapshotOfACandidateIsNoVersion(t *testing.T) {
	t.Parallel()
	if version, err := stack.ParseVersion("1.0.0-rc.1-SNAPSHOT.8f3c2a9d41b7"); err == nil {
		t.Errorf("was taken as %s in %s", version, version.Channel())
	}
}

func TestVersionsTravelAsText(t *testing.T) {
	t.Parallel()
	type release struct {
		Version stack.Version `json:"version,omitzero"`
	}
	for want, sent := range map[string]release{
		`{"version":"1.4.0-rc.1"}`: {mustVersion(t, "1.4.0-rc.1")},
		`{}`:                       {},
	} {
		data, err := json.Marshal(sent)
		if err != nil || string(data) != want {
			t.Errorf("sent %s, %v, want %s", data, err, want)
		}
		var got release
		if err := json.Unmarshal(data, &got); err != nil || got != sent {
			t.Errorf("got %v, %v", got, err)
		}
	}
	var got release
	if err := json.Unmarshal([]byte(`{"version":"1.4"}`), &got); err == nil {
		t.Error("took a version that is none")
	}
}
