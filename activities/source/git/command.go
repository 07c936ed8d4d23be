package git

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/slipway-dev/slipway/activities/process"
)

// config overrides whatever of the worker's git configuration would change the
// files of a checkout, run programs or wait for ever. The rest of it counts:
// credential helpers, URL rewriting, proxies, certificates, SSH.
var config = []string{
	"core.hooksPath=/dev/null",
	"core.fsmonitor=false",
	"core.autocrlf=false",
	"core.eol=lf",
	"core.symlinks=true",
	"core.fileMode=true",
	"core.attributesFile=/dev/null",
	"core.quotePath=false",
	"gc.auto=0",
	"maintenance.auto=false",
	"fetch.recurseSubmodules=false",
	// What is fetched appears as one pack, at once: others must not see a commit
	// whose files are still on their way.
	"fetch.unpackLimit=1",
	"transfer.unpackLimit=1",
	"submodule.recurse=false",
	"credential.interactive=false",
	// Less than 1 KiB a second for a minute is a connection that has died.
	"http.lowSpeedLimit=1024",
	"http.lowSpeedTime=60",
}

// fixed are the variables that every git gets.
var fixed = []string{
	"LC_ALL=C",
	"GIT_TERMINAL_PROMPT=0",
	"GIT_ALLOW_PROTOCOL=file:git:http:https:ssh",
	"SSH_ASKPASS_REQUIRE=never",
	"GIT_OPTIONAL_LOCKS=0",
	"GIT_NO_REPLACE_OBJECTS=1",
}

// kept are the variables of git that say how to reach a remote. All others,
// such as GIT_DIR or GIT_TRACE_CURL, are dropped: the worker may have been
// started from a hook, and traces hold secrets.
var kept = []string{
	"GIT_ASKPASS", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_EXEC_PATH",
	"GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_SSL_CERT",
	"GIT_SSL_KEY", "GIT_SSL_NO_VERIFY", "GIT_HTTP_PROXY_AUTHMETHOD", "GIT_PROXY_COMMAND", "GIT_PROXY_SSL_CAINFO",
}

// environment gives the variables for git out of those of the worker.
func environment(inherited []string) []string {
	own := slices.DeleteFunc(slices.Clone(inherited), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		switch {
		case strings.HasPrefix(name, "LC_"), name == "LANGUAGE", strings.HasPrefix(name, "SSH_ASKPASS"):
			return true
		case strings.HasPrefix(name, "GIT_"):
			return !slices.Contains(kept, name)
		}
		return false
	})
	return append(own, fixed...)
}

// local runs git without a network.
func local(ctx context.Context, variables []string, args ...string) ([]byte, error) {
	command := []string{"git"}
	for _, setting := range config {
		command = append(command, "-c", setting)
	}
	out, err := process.Run(ctx, process.Command{
		Args: append(command, args...),
		Dir:  os.TempDir(),
		Env:  append(environment(os.Environ()), variables...),
	})
	return out, explained(err)
}

// remote runs git against a remote and classifies what goes wrong there.
func remote(ctx context.Context, url string, args ...string) ([]byte, error) {
	out, err := local(ctx, nil, args...)
	return out, classified(err, url)
}

// stderr gives what git said about an error of local or remote.
func stderr(err error) string {
	var exit *process.ExitError
	if errors.As(err, &exit) {
		return exit.Stderr
	}
	return ""
}
