package stack

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// snapshotMark is the pre-release word of snapshots.
const snapshotMark = "SNAPSHOT"

// commitDigits is how much of a commit a snapshot's version carries. Twelve
// hexadecimal digits stay unique in repositories of millions of commits.
const commitDigits = 12

var (
	snapshotPattern = regexp.MustCompile(`^([^-]+)-` + snapshotMark + `\.[0-9a-f]{12}$`)
	commitPattern   = regexp.MustCompile(`^[0-9a-f]{12,64}$`)
)

// Version is the version of a release: x.y.z, x.y.z-rc.N or
// x.y.z-SNAPSHOT.<first 12 of the commit>, and each of them with
// +config.<first 12 of the commit> after it for a release that changes only its
// config. It is comparable with ==. The zero Version is no version.
type Version struct {
	text string
}

// ParseVersion reads a version as Version.String gives it, snapshots and
// config-only releases included and without a leading v. Use ParseTag for what
// people write.
func ParseVersion(text string) (Version, error) {
	if strings.HasPrefix(text, "v") {
		return Version{}, breaks(ruleNormal, "starts with %q, which belongs to the tag alone", "v").in("version", text)
	}
	checked := cutConfig(text)
	if core, ok := snapshotCore(checked); ok {
		checked = core
	}
	if broken := violationOf(checked); broken != nil {
		return Version{}, broken.in("version", text)
	}
	return Version{text}, nil
}

// Snapshot makes the version of a commit on the main branch from the x.y.z that
// it carries. The commit is given in full or by its first twelve digits or more.
//
// The digits may all be decimal and begin with zero, once in some 2,800 commits.
// SemVer calls such an identifier malformed; Slipway takes it all the same,
// because snapshots have no place in SemVer's order anyway.
func Snapshot(base Version, commit string) (Version, error) {
	if base.Channel() != ChannelStable || base.IsConfig() {
		return Version{}, fmt.Errorf("making a snapshot of %q: want a version of the form x.y.z", base)
	}
	if !commitPattern.MatchString(commit) {
		return Version{}, fmt.Errorf(
			"making a snapshot of %s: %q is no commit: want at least %d lower-case hexadecimal digits", base, commit, commitDigits)
	}
	return Version{base.text + "-" + snapshotMark + "." + commit[:commitDigits]}, nil
}

// SnapshotBase returns the x.y.z that snapshots carry: what the stack file
// declares, else the last stable tag with its patch raised. A repository with
// neither counts as having released 0.0.0.
func SnapshotBase(declared, lastStable Version) Version {
	if !declared.IsZero() {
		return declared
	}
	if lastStable.IsZero() {
		lastStable = Version{"0.0.0"}
	}
	return lastStable.NextPatch()
}

// String gives the version without a leading v, as releases, image tags and
// workflow IDs carry it.
func (v Version) String() string { return v.text }

// Display gives the version as people say it: a snapshot without its commit.
func (v Version) Display() string {
	base := v.WithoutConfig().text
	if core, ok := snapshotCore(base); ok {
		return core + "-" + snapshotMark + v.text[len(base):]
	}
	return v.text
}

// IsZero tells whether this is no version at all; 0.0.0 is one.
func (v Version) IsZero() bool { return v.text == "" }

// Channel returns the channel that the version belongs to, and none for the
// zero Version.
func (v Version) Channel() Channel {
	base := v.WithoutConfig()
	if base.IsZero() {
		return ""
	}
	if _, ok := snapshotCore(base.text); ok {
		return ChannelSnapshot
	}
	if strings.Contains(base.text, "-") {
		return ChannelRC
	}
	return ChannelStable
}

// NextPatch returns the next x.y.z: of 1.4.0 it is 1.4.1, and of 1.4.0-rc.2 it
// is 1.4.0, which the release candidate leads up to. A config-only release has
// the next of the release that it changes. The zero Version and snapshots have
// none and return themselves.
func (v Version) NextPatch() Version {
	parsed, err := semver.StrictNewVersion(v.WithoutConfig().text)
	if err != nil || v.Channel() == ChannelSnapshot {
		return v
	}
	return Version{parsed.IncPatch().String()}
}

// Compare orders two versions of one channel as SemVer does: negative when v
// comes first. It refuses, with ok false, to order versions of different
// channels, and snapshots, which are ordered by their commits alone; a version
// equals itself in every channel. Config-only releases compare as the release
// that they change.
func (v Version) Compare(other Version) (order int, ok bool) {
	v, other = v.WithoutConfig(), other.WithoutConfig()
	if v == other {
		return 0, true
	}
	channel := v.Channel()
	if channel != other.Channel() || channel == ChannelSnapshot {
		return 0, false
	}
	mine, err := semver.StrictNewVersion(v.text)
	if err != nil {
		return 0, false
	}
	theirs, err := semver.StrictNewVersion(other.text)
	if err != nil {
		return 0, false
	}
	return mine.Compare(theirs), true
}

// MarshalText writes what String gives.
func (v Version) MarshalText() ([]byte, error) { return []byte(v.text), nil }

// UnmarshalText reads what MarshalText wrote.
func (v *Version) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*v = Version{}
		return nil
	}
	parsed, err := ParseVersion(string(text))
	if err != nil {
		return err
	}
	*v = parsed
	return nil
}

// core returns the x.y.z of a version without its pre-release.
func (v Version) core() string {
	core, _, _ := strings.Cut(v.WithoutConfig().text, "-")
	return core
}

func snapshotCore(text string) (string, bool) {
	match := snapshotPattern.FindStringSubmatch(text)
	if match == nil {
		return "", false
	}
	return match[1], true
}
