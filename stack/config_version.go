package stack

import (
	"fmt"
	"regexp"
	"strings"
)

// configMark begins the build metadata of config-only releases.
const configMark = "+config."

var configPattern = regexp.MustCompile(`^[0-9a-f]{12}$`)

// ConfigVersion makes the version of a release that changes only the config of
// the one that runs: <version>+config.<first 12 of the commit>. The config of a
// config-only release counts from the same version as that release did, so that
// the suffix is replaced.
//
// To SemVer both have the same precedence: Compare finds them equal, and their
// channel is the same.
func ConfigVersion(running Version, commit string) (Version, error) {
	if running.IsZero() {
		return Version{}, fmt.Errorf("making a config-only release of commit %s: no version runs", commit)
	}
	if !commitPattern.MatchString(commit) {
		return Version{}, fmt.Errorf("making a config-only release of %s: %q is no commit: want at least %d lower-case hexadecimal digits",
			running, commit, commitDigits)
	}
	return Version{running.WithoutConfig().text + configMark + commit[:commitDigits]}, nil
}

// WithoutConfig gives the version whose images and manifests a config-only
// release carries on, and any other version itself.
func (v Version) WithoutConfig() Version {
	base, _, _ := strings.Cut(v.text, configMark)
	return Version{base}
}

// IsConfig tells whether the version is one of a config-only release.
func (v Version) IsConfig() bool { return strings.Contains(v.text, configMark) }

// Tag gives the version as the tag of an OCI artifact, in which the plus of a
// config-only release is an underscore. It is unique: no version has one.
func (v Version) Tag() string { return strings.ReplaceAll(v.text, "+", "_") }

// cutConfig splits the suffix from the text of a config-only release. Anything
// but this one form of build metadata stays with the text, where it is refused.
func cutConfig(text string) string {
	base, commit, has := strings.Cut(text, configMark)
	if has && configPattern.MatchString(commit) {
		return base
	}
	return text
}
