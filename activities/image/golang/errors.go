package golang

import (
	"errors"
	"regexp"
	"strings"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/process"
)

// maxMessage is how much of the compiler's words goes into an error: Temporal
// shows them to people, and the first errors explain the rest.
const maxMessage = 2 << 10

var (
	// position is a file with a line at the beginning of a line, as the go command
	// and the compiler write it.
	position = regexp.MustCompile(`(?m)^([^\s:]+\.(?:go|s|mod|work))(:\d+)`)
	// outside are directories of the worker: its toolchain and its module cache.
	outside = regexp.MustCompile(` \(/\S*/src/\S*\)|/\S*/pkg/mod/`)
	// credentials are the user and password of a module proxy's URL.
	credentials = regexp.MustCompile(`://[^/\s@]+@`)
	// exhausted are signs of a machine that is too small, not of wrong source.
	exhausted = regexp.MustCompile(`(?i)no space left on device|signal: killed|cannot allocate memory|out of memory|too many open files`)
	// unreached are signs of a module proxy or repository that did not answer.
	unreached = regexp.MustCompile(`(?m)(?:Get "|reading https?:|^go: |\bgit ).*(?:dial tcp|no such host|server misbehaving` +
		`|connection refused|connection reset|i/o timeout|TLS handshake|EOF|network is unreachable|deadline exceeded` +
		`|Client\.Timeout|proxyconnect|[cC]ould not resolve|unable to access|: (?:408|429|5\d\d) )`)
	// refused are those of one that wants to know who asks.
	refused = regexp.MustCompile(`(?m)reading https?:\S+: 40[13] |[Aa]uthentication failed|could not read Username`)
)

// explain makes an error for people out of an end of the go command.
func explain(err error, in module, service string) error {
	var exit *process.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	said := in.readable(exit.Stderr)
	switch {
	case exit.Code < 0, exhausted.MatchString(exit.Stderr):
		return fault.New(fault.Unavailable, "compiling %s: the worker ran out of memory, disk or files: %s", service, said)
	case unreached.MatchString(exit.Stderr):
		return fault.New(fault.Unavailable, "downloading the modules of %s: %s", service, said)
	case refused.MatchString(exit.Stderr):
		return fault.New(fault.Unauthorized, "downloading the modules of %s: %s", service, said)
	default:
		return fault.New(fault.InvalidInput, "service %s does not compile:\n%s", service, said)
	}
}

// readable gives the words of the go command with paths relative to the
// repository, without names of packages that only repeat them, and cut.
func (m module) readable(said string) string {
	var lines []string
	for line := range strings.Lines(said) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "# ") || strings.HasPrefix(line, "go: downloading ") || line == "" {
			continue
		}
		lines = append(lines, line)
	}
	text := position.ReplaceAllStringFunc(strings.Join(lines, "\n"), func(match string) string {
		file, line, _ := strings.Cut(match, ":")
		inside, ok := m.relative(file)
		if !ok {
			return match
		}
		return inside + ":" + line
	})
	text = strings.ReplaceAll(text, m.root+"/", "")
	text = outside.ReplaceAllString(text, "")
	text = credentials.ReplaceAllString(text, "://***@")
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage], "") + "\n…"
	}
	return text
}
