package git

import (
	"errors"
	"fmt"
	"strings"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/process"
)

// maxMessage is how much of git's own words goes into an error: its last lines
// name the reason, and a few of them are enough.
const maxMessage = 1 << 10

// explained adds git's own words to an error.
func explained(err error) error {
	var exit *process.ExitError
	if !errors.As(err, &exit) || strings.TrimSpace(exit.Stderr) == "" {
		return err
	}
	return &spoken{err: exit, words: words(exit.Stderr)}
}

// spoken is an error with what git said about it.
type spoken struct {
	err   *process.ExitError
	words string
}

func (s *spoken) Error() string { return s.words }
func (s *spoken) Unwrap() error { return s.err }

// words makes one line of the end of git's error output.
func words(text string) string {
	var lines []string
	for line := range strings.Lines(redact(text)) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	said := strings.Join(lines, "; ")
	if len(said) > maxMessage {
		said = "… " + strings.ToValidUTF8(said[len(said)-maxMessage:], "")
	}
	return said
}

// signs are what git and the transports below it say, in lower case. The first
// code with a match counts.
var signs = []struct {
	code fault.Code
	any  []string
}{
	{fault.NotFound, []string{
		"repository not found", "does not appear to be a git repository", "returned error: 404",
		"project you were looking for could not be found", "' not found",
		"couldn't find remote ref", "not our ref",
	}},
	{fault.Unauthorized, []string{
		"authentication failed", "could not read username", "could not read password", "permission denied",
		"returned error: 401", "returned error: 403", "host key verification failed", "access denied",
		"dubious ownership", "invalid credentials", "terminal prompts disabled",
	}},
	{fault.InvalidInput, []string{"transport '", "strange hostname", "mismatched algorithms"}},
	{fault.Unavailable, []string{
		"could not resolve", "connection refused", "connection reset", "connection timed out", "timed out", "timeout",
		"unable to access", "early eof", "unexpected disconnect", "rpc failed", "remote end hung up", "network is unreachable",
		"no route to host", "connection closed", "failed to connect", "couldn't connect", "operation too slow", "ssl", "tls",
	}},
}

// classified puts a code on an error of a git that talked to a remote.
func classified(err error, url string) error {
	said := strings.ToLower(stderr(err))
	if said == "" {
		return err
	}
	for _, sign := range signs {
		for _, words := range sign.any {
			if strings.Contains(said, words) {
				return fault.With(sign.code, wayOut(sign.code, err, url))
			}
		}
	}
	return err
}

// wayOut adds what to do about an error that only people can mend.
func wayOut(code fault.Code, err error, url string) error {
	switch code {
	case fault.Unauthorized:
		return fmt.Errorf("%w; give the worker's git access to %s, by a credential helper or an SSH key", err, redact(url))
	case fault.NotFound:
		return fmt.Errorf("%w; check the URL %s, and that the worker's git may read it", err, redact(url))
	default:
		return err
	}
}

// broken tells whether git complains of the mirror. What the remote or the way
// there did wrong has a code by then, and a full disk is no damage.
func broken(err error) bool {
	said := strings.ToLower(stderr(err))
	if fault.CodeOf(err) != fault.Internal || strings.Contains(said, "no space left") {
		return false
	}
	for _, words := range []string{
		"not a git repository", "corrupt", "bad object", "object file", "unable to read", "missing blob", "inflate",
		"bad config", "index file", "packfile", "not a tree object", "did not send all necessary objects",
	} {
		if strings.Contains(said, words) {
			return true
		}
	}
	return false
}
