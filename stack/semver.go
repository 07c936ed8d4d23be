package stack

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// The rules that a version can break, as an error cites them.
const (
	ruleNormal     = "SemVer 2.0.0, rule 2"
	rulePreRelease = "SemVer 2.0.0, rule 9"
	ruleBuild      = "SemVer 2.0.0, rule 10"
	ruleChannel    = "Slipway's channels"
	ruleImageTag   = "OCI image tags"
)

// maxTag is what the OCI distribution specification allows for the tag of an
// image, which every version becomes.
const maxTag = 128

// rcMark is the pre-release word of release candidates.
const rcMark = "rc"

// violation is a rule that a version breaks, and how.
type violation struct {
	rule, problem string
}

func (v violation) in(what, text string) *TagError {
	suggestion := suggestTag(text)
	if what == "version" {
		suggestion = strings.TrimPrefix(suggestion, "v")
	}
	return &TagError{What: what, Tag: text, Problem: v.problem, Rule: v.rule, Suggestion: suggestion}
}

func breaks(rule, format string, args ...any) *violation {
	return &violation{rule, fmt.Sprintf(format, args...)}
}

// violationOf returns the first rule that the text breaks as the version of a
// tag, SemVer's before ours, or nil. The library has the last word; it says
// only "invalid semantic version", so everything that it refuses is found
// before.
func violationOf(text string) *violation {
	if text == "" {
		return breaks(ruleNormal, "holds no version")
	}
	if len(text) > maxTag {
		return breaks(ruleImageTag, "is longer than %d characters", maxTag)
	}
	if broken := brokenCharacter(text); broken != nil {
		return broken
	}
	withoutBuild, build, hasBuild := strings.Cut(text, "+")
	core, preRelease, hasPreRelease := strings.Cut(withoutBuild, "-")
	if broken := brokenCore(core); broken != nil {
		return broken
	}
	if hasPreRelease {
		if broken := brokenIdentifiers(rulePreRelease, "pre-release", preRelease); broken != nil {
			return broken
		}
	}
	if hasBuild {
		return brokenBuild(build)
	}
	if hasPreRelease {
		if broken := brokenChannel(preRelease); broken != nil {
			return broken
		}
	}
	if _, err := semver.StrictNewVersion(text); err != nil {
		return breaks(ruleNormal, "%v", err)
	}
	return nil
}

func brokenCharacter(text string) *violation {
	if text[0] == 'v' || text[0] == 'V' {
		return breaks(ruleNormal, "only one lower-case %q may stand before the major version", "v")
	}
	rule := ruleNormal
	for _, char := range text {
		switch {
		case char == '+':
			rule = ruleBuild
		case char == '-' && rule == ruleNormal:
			rule = rulePreRelease
		}
		legal := char >= '0' && char <= '9' || char >= 'a' && char <= 'z' || char >= 'A' && char <= 'Z' ||
			strings.ContainsRune(".-+", char)
		if !legal {
			return breaks(rule, "holds the character %q; legal are ASCII letters, digits, hyphen, dot and plus", char)
		}
	}
	return nil
}

func brokenCore(core string) *violation {
	names := []string{"major", "minor", "patch"}
	numbers := strings.Split(core, ".")
	if len(numbers) > len(names) {
		return breaks(ruleNormal, "has %d numbers where major, minor and patch are three", len(numbers))
	}
	for i, number := range numbers {
		if broken := brokenNumber(names[i], number); broken != nil {
			return broken
		}
	}
	if len(numbers) < len(names) {
		return breaks(ruleNormal, "has no %s version", names[len(numbers)])
	}
	return nil
}

func brokenNumber(name, number string) *violation {
	if number == "" {
		return breaks(ruleNormal, "the %s version is empty", name)
	}
	if strings.Trim(number, "0123456789") != "" {
		return breaks(ruleNormal, "the %s version %q is not a number", name, number)
	}
	if hasLeadingZero(number) {
		return breaks(ruleNormal, "the %s version %q has a leading zero", name, number)
	}
	if _, err := strconv.ParseUint(number, 10, 64); err != nil {
		return breaks(ruleNormal, "the %s version %q does not fit into 64 bits", name, number)
	}
	return nil
}

func brokenIdentifiers(rule, name, text string) *violation {
	for identifier := range strings.SplitSeq(text, ".") {
		if identifier == "" {
			return breaks(rule, "the %s %q holds an empty identifier", name, text)
		}
		if strings.Contains(identifier, "+") {
			return breaks(rule, "the %s %q holds a second plus", name, text)
		}
		numeric := strings.Trim(identifier, "0123456789") == ""
		if rule == rulePreRelease && numeric && hasLeadingZero(identifier) {
			return breaks(rule, "the numeric identifier %q of the %s has a leading zero", identifier, name)
		}
	}
	return nil
}

func brokenBuild(build string) *violation {
	if broken := brokenIdentifiers(ruleBuild, "build metadata", build); broken != nil {
		return broken
	}
	return breaks(ruleBuild,
		"the build metadata %q makes no other version, and an image tag cannot hold a plus", build)
}

// brokenChannel refuses a pre-release that is legal to SemVer but is not rc.N.
func brokenChannel(preRelease string) *violation {
	word, number, hasNumber := strings.Cut(preRelease, ".")
	if strings.EqualFold(word, snapshotMark) {
		return breaks(ruleChannel, "snapshots are made from commits of the main branch, not from tags")
	}
	if strings.EqualFold(strings.TrimRight(word, "-0123456789"), rcMark) && word != rcMark {
		return breaks(ruleChannel,
			"the pre-release %q is one word, by which rc10 comes before rc9; a release candidate is rc.N", preRelease)
	}
	if word != rcMark {
		return breaks(ruleChannel, "the pre-release %q is no channel: tags are x.y.z or x.y.z-rc.N", preRelease)
	}
	if !hasNumber {
		return breaks(ruleChannel, "the release candidate has no number")
	}
	if strings.Trim(number, "0123456789") != "" {
		return breaks(ruleChannel, "the release candidate %q is not one number", number)
	}
	if _, err := strconv.ParseUint(number, 10, 64); err != nil {
		return breaks(ruleChannel, "the number of the release candidate %q does not fit into 64 bits", number)
	}
	return nil
}

func hasLeadingZero(number string) bool {
	return len(number) > 1 && number[0] == '0'
}
