package config

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/slipway-dev/slipway/hocon"
)

// secretWords are what the names of credentials end in, and secretNames those
// of two words.
var (
	secretWords = []string{
		"password", "passwords", "passwd", "pwd", "pass", "passphrase", "passcode", "secret", "secrets", "token", "tokens",
		"apikey", "apikeys", "accesskey", "privatekey", "credential", "credentials",
	}
	secretNames = [][2]string{
		{"api", "key"},
		{"access", "key"},
		{"secret", "key"},
		{"private", "key"},
		{"encryption", "key"},
		{"signing", "key"},
		{"master", "key"},
		{"account", "key"},
		{"api", "keys"},
		{"password", "value"},
		{"secret", "value"},
		{"token", "value"},
	}
)

// secretHolders are what objects and lists of credentials are called, and
// harmlessMembers what else stands in such objects.
var (
	secretHolders   = []string{"passwords", "secrets", "tokens", "credentials", "apikeys"}
	harmlessMembers = []string{
		"user", "username", "name", "id", "type", "kind", "provider", "file", "path", "dir", "directory", "url", "uri", "host", "port",
		"region", "profile", "issuer", "audience", "algorithm", "header", "prefix", "suffix", "format", "mode", "backend", "store",
		"enabled", "ttl", "timeout", "interval", "lifetime", "length", "count", "max", "min",
	}
)

// minGlued is how long a word is that counts at the end of another one, too:
// dbpassword, but not bypass.
const minGlued = 5

// NamesSecret tells whether a path ends in a name that people give to
// credentials, such as db.password or api-key. A name that only speaks of one,
// such as token-lifetime or password-min-length, is none.
func NamesSecret(path string) bool {
	keys, err := hocon.ParsePath(path)
	if err != nil {
		return false
	}
	// The items of a list are named as the list is.
	for len(keys) > 1 && strings.Trim(keys[len(keys)-1], "0123456789") == "" {
		keys = keys[:len(keys)-1]
	}
	parts := words(strings.Join(keys[max(0, len(keys)-2):], "."))
	if len(parts) == 0 {
		return false
	}
	last := strings.TrimRight(parts[len(parts)-1], "0123456789")
	for _, word := range secretWords {
		if last == word || len(word) >= minGlued && strings.HasSuffix(last, word) {
			return true
		}
	}
	if heldAsSecret(keys, last) {
		return true
	}
	return len(parts) > 1 && slices.Contains(secretNames, [2]string{parts[len(parts)-2], last})
}

// heldAsSecret tells the members of an object of credentials, such as
// passwords.admin, but for those that speak of something else.
func heldAsSecret(keys []string, last string) bool {
	if len(keys) < 2 || slices.Contains(harmlessMembers, last) {
		return false
	}
	holder := words(keys[len(keys)-2])
	return len(holder) > 0 && slices.Contains(secretHolders, holder[len(holder)-1])
}

// words splits a key at hyphens, underscores, dots and capitals: apiKey,
// api-key and API_KEY are the same two words.
func words(key string) []string {
	var parts []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			parts = append(parts, strings.ToLower(string(word)))
			word = word[:0]
		}
	}
	before := rune(0)
	for _, char := range key {
		if !unicode.IsLetter(char) && !unicode.IsDigit(char) {
			end()
			before = 0
			continue
		}
		if unicode.IsUpper(char) && unicode.IsLower(before) {
			end()
		}
		word = append(word, char)
		before = char
	}
	end()
	return parts
}

// pattern is a form that only credentials have.
type pattern struct {
	what string
	form *regexp.Regexp
}

var patterns = []pattern{
	{"an AWS access key", regexp.MustCompile(`\b(AKIA|ASIA)[0-9A-Z]{16}\b`)},
	{"a GitHub token", regexp.MustCompile(`\b(gh[pousr]_[0-9A-Za-z]{20,}|github_pat_[0-9A-Za-z_]{20,})`)},
	{"a GitLab token", regexp.MustCompile(`\bglpat-[0-9A-Za-z_-]{20,}`)},
	{"a Slack token", regexp.MustCompile(`\bxox[abeoprs]-[0-9A-Za-z-]{10,}`)},
	{"a Slack webhook", regexp.MustCompile(`hooks\.slack\.com/services/[0-9A-Za-z_]+/[0-9A-Za-z_]+/[0-9A-Za-z_]+`)},
	{"a Stripe key", regexp.MustCompile(`\b[sr]k_live_[0-9A-Za-z]{10,}`)},
	{"a Google API key", regexp.MustCompile(`\bAIza[0-9A-Za-z_-]{35}`)},
	{"a SendGrid key", regexp.MustCompile(`\bSG\.[0-9A-Za-z_-]{16,}\.[0-9A-Za-z_-]{16,}`)},
	{"an npm token", regexp.MustCompile(`\bnpm_[0-9A-Za-z]{36}\b`)},
	{"a private key", regexp.MustCompile(`-----BEGIN ([0-9A-Z]+ )*PRIVATE KEY( BLOCK)?-----`)},
	{"a JSON Web Token", regexp.MustCompile(`\beyJ[0-9A-Za-z_-]{8,}\.eyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]{16,}`)},
}

// The places in a connection string where a password stands.
var (
	userInfo    = regexp.MustCompile(`[A-Za-z][0-9A-Za-z+.-]*://[^\s/?#:@]*:([^\s/@]+)@`)
	namedInText = regexp.MustCompile(`(?i)\b(?:password|passwd|pwd|secret|accountkey|sharedaccesskey)\s*=\s*([^;&\s,"']+)`)
)

// placeholders are values that people write where a credential will be.
var placeholders = []string{
	"changeme", "changeit", "change-me", "replaceme", "replace-me", "todo", "tbd", "fixme", "unset", "undefined", "null", "nil",
	"none", "empty", "example", "sample", "dummy", "fake", "placeholder", "redacted", "hidden", "masked", "secret", "password",
	"token", "credential", "credentials", "apikey", "your-password", "your-token", "your-secret",
	// Kinds of tokens, and where they come from.
	"true", "false", "yes", "no", "on", "off", "bearer", "basic", "digest", "oauth", "oauth2", "jwt", "opaque", "header", "cookie",
	"query", "body", "file", "vault", "kubernetes", "environment", "required", "optional", "enabled", "disabled", "default", "auto",
}

var (
	// duration is the value of many a setting about credentials.
	duration = regexp.MustCompile(`^[0-9.]+\s*(ns|us|ms|s|m|h|d|w|y|nano|micro|milli|nanos|micros|millis|(nano|micro|milli)?seconds?|minutes?|hours?|days?|weeks?|months?|years?)$`)
	// reference is the place of a value instead of the value: ${NAME}, %NAME%,
	// {{ .name }}, <name>, a path, the name of a variable, a URL, an ARN.
	reference = regexp.MustCompile(`^(\$\{?[^}]*\}?|%[^%]+%|\{\{.*\}\}|<[^>]*>|\[[^\]]*\]|\.{0,2}/[\w./-]*|[A-Z][A-Z0-9]*(_[A-Z0-9]+)+|(https?|file|env|vault|secret|classpath|arn|sm|ssm|op):\S*)$`)
)

// minEntropy is how many bits a value has at least, counted by the frequency of
// its characters, before a name like password makes it a credential: "test" has
// 6, "abc123" 15.
const minEntropy = 10

// shortest is how long a text is at least that has a form of credentials.
const shortest = 12

// credential says what a text looks like, nothing when it does not look like a
// credential. The text is not part of the answer.
func credential(named bool, text string) string {
	if what := formOf(text); what != "" {
		return what
	}
	if named && !harmless(text) {
		return "a credential written out"
	}
	return ""
}

// HoldsCredential tells whether a text has the form of a credential, or such a one
// in it. One that only its name would tell is not found.
func HoldsCredential(text string) bool { return formOf(text) != "" }

// formOf finds what is a credential whatever its name is.
func formOf(text string) string {
	if len(text) < shortest {
		return ""
	}
	for _, p := range patterns {
		if p.form.MatchString(text) {
			return p.what
		}
	}
	for _, form := range []*regexp.Regexp{userInfo, namedInText} {
		for _, match := range form.FindAllStringSubmatch(text, -1) {
			if !harmless(match[1]) {
				return "a connection string with its password"
			}
		}
	}
	return ""
}

// harmless tells whether a text in the place of a credential is none.
func harmless(text string) bool {
	text = strings.TrimSpace(text)
	if slices.Contains(placeholders, strings.ToLower(text)) || duration.MatchString(text) || reference.MatchString(text) {
		return true
	}
	return entropy(text) < minEntropy
}

// entropy is the number of bits that a text takes when each character is coded
// by its frequency in it.
func entropy(text string) float64 {
	counts := map[rune]float64{}
	length := 0.0
	for _, char := range text {
		counts[char]++
		length++
	}
	bits := 0.0
	for _, count := range counts {
		bits -= count * math.Log2(count/length)
	}
	return bits
}
