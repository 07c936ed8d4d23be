package platform

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/slipway-dev/slipway/deploy/local/process"
)

// State is what platform.json says about a running platform. The file exists
// only while the platform is ready, and is written whole.
type State struct {
	Temporal   TemporalState  `json:"temporal"`
	Registry   string         `json:"registry"`
	Kubeconfig string         `json:"kubeconfig"`
	Clusters   []ClusterState `json:"clusters"`
	// Control is the URL of the control API.
	Control string `json:"control"`
	// PIDs are the processes by name; "supervisor" is the one that runs the
	// others, the registry, the proxies and the control API.
	PIDs map[string]int `json:"pids"`
}

// TemporalState says where Temporal listens.
type TemporalState struct {
	Address string `json:"address"`
	UI      string `json:"ui"`
}

// ClusterState says how to reach a cluster.
type ClusterState struct {
	Name    string `json:"name"`
	Context string `json:"context"`
	// Server is the URL of the proxy, Direct that of the API server itself.
	Server string `json:"server"`
	Direct string `json:"direct"`
}

// The files in a platform's directory.
const (
	stateFile      = "platform.json"
	environment    = "env"
	kubeconfigFile = "kubeconfig"
	lockFile       = "lock"
	childrenFile   = "children.json"
	supervisorFile = "supervisor.json"
	logDirectory   = "logs"
)

// ErrNotRunning says that no platform runs in a directory.
var ErrNotRunning = errors.New("no platform runs here")

// ReadState returns the state of the ready platform in the directory.
func ReadState(directory string) (*State, error) {
	content, err := os.ReadFile(filepath.Join(directory, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotRunning
	}
	if err != nil {
		return nil, fmt.Errorf("reading platform state: %w", err)
	}
	var state State
	if err := json.Unmarshal(content, &state); err != nil {
		return nil, fmt.Errorf("reading platform state: %w", err)
	}
	return &state, nil
}

func (s *State) write(directory string) error {
	content, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("writing platform state: %w", err)
	}
	if err := replaceFile(filepath.Join(directory, environment), []byte(s.exports(directory))); err != nil {
		return err
	}
	return replaceFile(filepath.Join(directory, stateFile), append(content, '\n'))
}

// exports is the state as shell text, for "source DIR/env".
func (s *State) exports(directory string) string {
	var text strings.Builder
	for _, variable := range [][2]string{
		{"TEMPORAL_ADDRESS", s.Temporal.Address},
		{"KUBECONFIG", s.Kubeconfig},
		{"SLIPWAY_UI", s.Temporal.UI},
		{"SLIPWAY_REGISTRY", s.Registry},
		{"SLIPWAY_CONTROL", s.Control},
		{"SLIPWAY_PLATFORM", filepath.Join(directory, stateFile)},
	} {
		quoted := "'" + strings.ReplaceAll(variable[1], "'", `'\''`) + "'"
		fmt.Fprintf(&text, "export %s=%s\n", variable[0], quoted)
	}
	return text.String()
}

// replaceFile leaves either the old or the new content.
func replaceFile(name string, content []byte) error {
	unfinished := name + ".new"
	if err := os.WriteFile(unfinished, content, 0o600); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return os.Rename(unfinished, name)
}

func removeState(directory string) {
	_ = os.Remove(filepath.Join(directory, stateFile))
	_ = os.Remove(filepath.Join(directory, environment))
}

// claim makes this process the only supervisor of the directory, for as long as
// the returned file is open, and records who it is.
func claim(directory string) (*os.File, error) {
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return nil, fmt.Errorf("creating platform directory: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(directory, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking platform directory: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = lock.Close()
		return nil, fmt.Errorf("a platform runs in %s already; stop it with: slipway-local down --dir %s", directory, directory)
	}
	self, err := process.Identify(os.Getpid())
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	content, err := json.Marshal([]process.Identity{self})
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	if err := replaceFile(filepath.Join(directory, supervisorFile), content); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, nil
}
