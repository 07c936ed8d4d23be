package stack

import (
	"fmt"
	"strings"
)

// TagError says which rule a tag breaks and, where it can be told, what would
// be right.
type TagError struct {
	// What is "tag" or "version", whichever was read, and Tag its text.
	What string
	Tag  string

	// Problem is what is wrong with it, and Rule the rule that this breaks,
	// such as "SemVer 2.0.0, rule 2".
	Problem string
	Rule    string

	// Suggestion is a legal tag near to the refused one, or empty.
	Suggestion string
}

// Error gives the tag, the problem, the rule and the suggestion in one line.
func (e *TagError) Error() string {
	tag := e.Tag
	if len(tag) > maxTag {
		tag = tag[:maxTag] + "…"
	}
	text := fmt.Sprintf("%s %q: %s (%s)", e.What, tag, e.Problem, e.Rule)
	if e.Suggestion != "" {
		text += fmt.Sprintf("; write %q", e.Suggestion)
	}
	return text
}

// ParseTag reads the version that a Git tag names: strict SemVer 2.0.0 with an
// optional "v" before it, either x.y.z or x.y.z-rc.N. Everything else is a
// TagError: other pre-releases have no channel, snapshots come from commits,
// and build metadata has no place in an image tag.
func ParseTag(tag string) (Version, error) {
	text := strings.TrimPrefix(tag, "v")
	if broken := violationOf(text); broken != nil {
		return Version{}, broken.in("tag", tag)
	}
	return Version{text}, nil
}

// suggestTag mends what can be mended without guessing at a number: zeros,
// missing and surplus numbers, the spelling of rc. It returns "" when that does
// not make a legal tag.
func suggestTag(tag string) string {
	text := strings.TrimPrefix(tag, "refs/tags/")
	prefix := ""
	if strings.HasPrefix(text, "v") || strings.HasPrefix(text, "V") {
		prefix, text = "v", strings.TrimPrefix(text[1:], ".")
	}
	text, _, _ = strings.Cut(text, "+")
	core, preRelease, hasPreRelease := strings.Cut(text, "-")
	if hasPreRelease {
		if preRelease = suggestPreRelease(preRelease); preRelease == "" {
			return ""
		}
		preRelease = "-" + preRelease
	}
	mended := suggestCore(core) + preRelease
	if violationOf(mended) != nil {
		return ""
	}
	return prefix + mended
}

func suggestCore(core string) string {
	numbers := strings.Split(core, ".")
	for len(numbers) < 3 {
		numbers = append(numbers, "0")
	}
	for i := range numbers {
		numbers[i] = withoutLeadingZeros(numbers[i])
	}
	return strings.Join(numbers[:3], ".")
}

// suggestPreRelease takes alpha.1, beta1, RC-2 and their like for rc.N: a
// release candidate is the only pre-release that a tag can name.
func suggestPreRelease(text string) string {
	word := strings.TrimRight(text, ".-_0123456789")
	number := strings.Trim(text[len(word):], ".-_")
	switch strings.ToLower(word) {
	case "rc", "alpha", "beta", "pre", "preview":
	default:
		return ""
	}
	if number == "" {
		number = "1"
	}
	if strings.ContainsAny(number, ".-_") {
		return ""
	}
	return rcMark + "." + withoutLeadingZeros(number)
}

func withoutLeadingZeros(number string) string {
	if trimmed := strings.TrimLeft(number, "0"); trimmed != "" || number == "" {
		return trimmed
	}
	return "0"
}
