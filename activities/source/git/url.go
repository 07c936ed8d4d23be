package git

import (
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/slipway-dev/slipway/activities/fault"
)

var (
	// scpPattern is user@host:path, as ssh's copy command takes it.
	scpPattern = regexp.MustCompile(`^([A-Za-z0-9._-]+@)?[A-Za-z0-9][A-Za-z0-9.-]*:[^:]`)
	// userInfo is what stands between the scheme and the host.
	userInfo = regexp.MustCompile(`(?i)\b([a-z][a-z0-9+.-]*)://([^/\s@'"]+)@`)
)

const urlForms = "want https://…, ssh://…, git@host:path, file:///… or an absolute path"

// checkURL refuses what git would take for an option, for a program to run, or
// for a path that depends on where the worker was started; and secrets, because
// the URL is in the history of every release.
func checkURL(raw string) error {
	refuse := func(problem string) error {
		return fault.New(fault.InvalidInput, "repository %q: %s", redact(raw), problem)
	}
	switch {
	case raw == "":
		return refuse("is empty; " + urlForms)
	case strings.HasPrefix(raw, "-"):
		return refuse("begins with a dash; " + urlForms)
	case strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return refuse("holds spaces or control characters; " + urlForms)
	case strings.Contains(raw, "::"):
		return refuse("names a transport program; " + urlForms)
	case strings.HasPrefix(raw, "/"):
		return nil
	case !strings.Contains(raw, "://"):
		if scpPattern.MatchString(raw) {
			return nil
		}
		return refuse("is a relative path; " + urlForms)
	}
	parsed, err := url.Parse(raw)
	if err != nil {
		return refuse("is no URL; " + urlForms)
	}
	return checkParsed(parsed, refuse)
}

func checkParsed(parsed *url.URL, refuse func(string) error) error {
	_, password := parsed.User.Password()
	switch scheme := parsed.Scheme; {
	case scheme == "file":
		if parsed.Host != "" || parsed.Path == "" {
			return refuse("names no absolute path; write file:///path")
		}
	case scheme != "https" && scheme != "http" && scheme != "ssh" && scheme != "git":
		return refuse("has the unknown scheme " + scheme + "; " + urlForms)
	case parsed.Hostname() == "" || strings.HasPrefix(parsed.Hostname(), "-"):
		return refuse("names no host; " + urlForms)
	case password, scheme != "ssh" && parsed.User != nil:
		return refuse("carries credentials, which every history of a release would show;" +
			" give them to the worker's git, by a credential helper or an SSH key")
	}
	return nil
}

// redact hides credentials in URLs, wherever in a text they stand. The user of
// an SSH URL is no secret.
func redact(text string) string {
	return userInfo.ReplaceAllStringFunc(text, func(match string) string {
		parts := userInfo.FindStringSubmatch(match)
		if strings.EqualFold(parts[1], "ssh") && !strings.Contains(parts[2], ":") {
			return match
		}
		return parts[1] + "://***@"
	})
}

// onDisk tells whether a URL names files of the worker's own machine.
func onDisk(url string) bool {
	return strings.HasPrefix(url, "/") || strings.HasPrefix(url, "file://")
}

// submoduleURL resolves the URL of a submodule as git does: what begins with ./
// or ../ is relative to the URL of the repository around it.
func submoduleURL(parent, child string) string {
	if !strings.HasPrefix(child, "./") && !strings.HasPrefix(child, "../") {
		return child
	}
	base := strings.TrimRight(parent, "/")
	for {
		switch {
		case strings.HasPrefix(child, "./"):
			child = child[len("./"):]
		case strings.HasPrefix(child, "../"):
			child = child[len("../"):]
			cut := strings.LastIndexAny(base, "/:")
			if cut < 0 {
				return child
			}
			// In git@host:path the colon stays, it is no separator of the path.
			if base[cut] == ':' {
				return base[:cut+1] + path.Clean(child)
			}
			base = base[:cut]
		default:
			return base + "/" + strings.TrimRight(child, "/")
		}
	}
}
