package process

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
)

// Group starts processes, remembers them in a file and stops them in reverse
// order of their start. It restarts nothing by itself.
type Group struct {
	record  string
	deaths  chan Death
	starts  chan request
	mu      sync.Mutex
	members []*Process
}

type request struct {
	spec  Spec
	reply chan<- reply
}

type reply struct {
	process *Process
	err     error
}

// deathsKept is how many unexpected ends may wait to be read; what comes on top
// is dropped, for by then the platform is beyond saving.
const deathsKept = 64

// NewGroup makes a group that keeps the identities of its processes in the file
// record. It lives until its parent process ends.
func NewGroup(record string) *Group {
	group := &Group{record: record, deaths: make(chan Death, deathsKept), starts: make(chan request)}
	go group.serveStarts()
	return group
}

// serveStarts stays on one operating system thread for ever: the parent-death
// signal is tied to the thread that started the child, and Go ends threads
// whose goroutine ends while locked to them.
func (g *Group) serveStarts() {
	runtime.LockOSThread()
	for request := range g.starts {
		process, err := start(request.spec)
		request.reply <- reply{process, err}
	}
}

// Start runs the spec. A process of the same name must have ended before.
func (g *Group) Start(spec Spec) (*Process, error) {
	if running := g.find(spec.Name); running != nil {
		return nil, fmt.Errorf("starting %s: it runs already, as process %d", spec.Name, running.PID())
	}
	answer := make(chan reply, 1)
	g.starts <- request{spec, answer}
	started := <-answer
	if started.err != nil {
		return nil, started.err
	}
	g.add(started.process)
	go g.watch(started.process)
	return started.process, nil
}

// Kill ends the named process with SIGKILL; that is no Death.
func (g *Group) Kill(name string) error {
	process := g.find(name)
	if process == nil {
		return fmt.Errorf("killing %s: it does not run", name)
	}
	process.Kill()
	g.remove(process)
	return nil
}

// Deaths reports processes that ended without having been asked to.
func (g *Group) Deaths() <-chan Death { return g.deaths }

// Stop stops every process, the last started first, and returns when all are
// gone. Once the context ends the rest is killed.
func (g *Group) Stop(ctx context.Context) {
	for {
		process := g.last()
		if process == nil {
			return
		}
		process.Stop(ctx)
		g.remove(process)
	}
}

// PIDs are the running processes by name.
func (g *Group) PIDs() map[string]int {
	g.mu.Lock()
	defer g.mu.Unlock()
	pids := make(map[string]int, len(g.members))
	for _, member := range g.members {
		pids[member.spec.Name] = member.PID()
	}
	return pids
}

func (g *Group) watch(process *Process) {
	<-process.Done()
	if process.wanted.Load() {
		return
	}
	g.remove(process)
	select {
	case g.deaths <- process.Death():
	default:
	}
}

func (g *Group) find(name string) *Process {
	g.mu.Lock()
	defer g.mu.Unlock()
	index := slices.IndexFunc(g.members, func(p *Process) bool { return p.spec.Name == name })
	if index < 0 {
		return nil
	}
	return g.members[index]
}

func (g *Group) last() *Process {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.members) == 0 {
		return nil
	}
	return g.members[len(g.members)-1]
}

func (g *Group) add(process *Process) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.members = append(g.members, process)
	g.save()
}

func (g *Group) remove(process *Process) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.members = slices.DeleteFunc(g.members, func(p *Process) bool { return p == process })
	g.save()
}

// save writes the record. The parent-death signal is what keeps children from
// outliving their parent; a record that can't be written only costs the second
// way of finding them, so it stops nothing.
func (g *Group) save() {
	identities := make([]Identity, 0, len(g.members))
	for _, member := range g.members {
		identities = append(identities, member.identity)
	}
	content, err := json.Marshal(identities)
	if err != nil {
		return
	}
	unfinished := g.record + ".new"
	if os.WriteFile(unfinished, content, 0o600) == nil {
		_ = os.Rename(unfinished, g.record)
	}
}

// ReadRecord returns what a group wrote into its record; none when there is no
// such file.
func ReadRecord(record string) ([]Identity, error) {
	content, err := os.ReadFile(record)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading process record: %w", err)
	}
	var identities []Identity
	if err := json.Unmarshal(content, &identities); err != nil {
		return nil, fmt.Errorf("reading process record %s: %w", record, err)
	}
	return identities, nil
}
