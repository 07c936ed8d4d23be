package kubernetes

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/stack"
)

const (
	// fenceManager owns the fence and the annotation, so that neither is part of
	// what a release applied.
	fenceManager = "slipway-fence"

	// fenceAnnotation holds the environment and the epoch of the last restore of
	// an object. Setting it moves the resourceVersion, which makes every write
	// that was prepared before the restore a stale one. It never goes onto a pod
	// template.
	fenceAnnotation = "slipway.dev/fence"

	epochKey = "epoch"

	// fenceFreshness is how old the knowledge of the fence may be when an object
	// is created: a create has no resourceVersion that would make it stale.
	fenceFreshness = time.Second

	// raceAttempts bounds how often a write is prepared again because somebody
	// else was faster. Controllers write a status a few times a second while
	// pods come and go; ten losses in a row mean that something is wrong.
	raceAttempts = 10
)

// fence is the ConfigMap that holds the highest epoch that has written to one
// environment of a stack on one cluster.
type fence struct {
	cluster *cluster
	scope   workload.Scope
	// raised is when the epoch was raised, by the clock of the API server; zero
	// before raise.
	raised time.Time

	// asking lets one of several writers ask for all of them.
	asking sync.Mutex

	mu sync.Mutex
	// checked is when the epoch was last seen to be ours.
	checked time.Time
}

func newFence(c *cluster, scope workload.Scope) *fence { return &fence{cluster: c, scope: scope} }

func (f *fence) name() string { return "slipway-" + f.scope.Stack + "-" + f.scope.Environment }

// state is what the fence says. It is zero when there is no fence yet.
type fenceState struct {
	epoch   int64
	version string
	// raised is when the epoch was raised, by the clock of the API server.
	raised time.Time
	found  bool
}

func (f *fence) read(ctx context.Context) (fenceState, error) {
	asked := time.Now()
	live, err := f.cluster.typed.CoreV1().ConfigMaps(f.scope.Namespace).Get(ctx, f.name(), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		f.saw(asked)
		return fenceState{}, nil
	}
	if err != nil {
		return fenceState{}, classify(err, "reading fence %s", f.name())
	}
	epoch, err := strconv.ParseInt(live.Data[epochKey], 10, 64)
	if err != nil {
		return fenceState{}, fault.New(fault.Conflict,
			"ConfigMap %s/%s is Slipway's fence, but its epoch is %q: somebody changed it; put the number of the last rollout there",
			f.scope.Namespace, f.name(), live.Data[epochKey])
	}
	f.saw(asked)
	return fenceState{epoch: epoch, version: live.ResourceVersion, raised: raisedAt(live), found: true}, nil
}

// pass refuses when a newer epoch has taken over. It writes nothing.
func (f *fence) pass(ctx context.Context) error {
	state, err := f.read(ctx)
	if err != nil {
		return err
	}
	return f.compare(state.epoch)
}

func (f *fence) saw(when time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.checked = when
}

func (f *fence) age() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return time.Since(f.checked)
}

// fresh passes the fence again unless that was just done. A process that was
// paused in between always asks again.
func (f *fence) fresh(ctx context.Context) error {
	if deadline, bounded := ctx.Deadline(); bounded && time.Now().After(deadline) {
		return context.DeadlineExceeded
	}
	f.asking.Lock()
	defer f.asking.Unlock()
	if f.age() < fenceFreshness {
		return nil
	}
	return f.pass(ctx)
}

func (f *fence) compare(epoch int64) error {
	if epoch <= f.scope.Epoch {
		return nil
	}
	return fault.New(fault.Superseded, "epoch %d of %s on cluster %q is over: epoch %d has taken over",
		f.scope.Epoch, f.scope.Environment, f.cluster.name, epoch)
}

// mark is what a restore writes onto objects. It names the environment because
// two of them may share an object of the whole cluster.
func (f *fence) mark() string {
	return f.scope.Environment + "/" + strconv.FormatInt(f.scope.Epoch, 10)
}

// touchedAt gives the epoch of the last restore of an object by this
// environment, zero when there was none.
func (f *fence) touchedAt(live *unstructured.Unstructured) int64 {
	text, ours := strings.CutPrefix(live.GetAnnotations()[fenceAnnotation], f.scope.Environment+"/")
	epoch, err := strconv.ParseInt(text, 10, 64)
	if !ours || err != nil {
		return 0
	}
	return epoch
}

// raise makes the scope's epoch the fence's. An equal one is left alone.
func (f *fence) raise(ctx context.Context) error {
	for range raceAttempts {
		state, err := f.read(ctx)
		if err != nil {
			return err
		}
		if err := f.compare(state.epoch); err != nil {
			return err
		}
		if state.found && state.epoch == f.scope.Epoch {
			f.raised = state.raised
			return nil
		}
		asked := time.Now()
		written, err := f.write(ctx, state)
		if err == nil {
			f.saw(asked)
			f.raised = raisedAt(written)
			return nil
		}
		if !apierrors.IsConflict(err) && !apierrors.IsAlreadyExists(err) {
			return classify(err, "raising fence %s/%s", f.scope.Namespace, f.name())
		}
	}
	return fault.New(fault.Unavailable, "raising fence %s/%s: somebody else was faster %d times", f.scope.Namespace, f.name(), raceAttempts)
}

func (f *fence) write(ctx context.Context, state fenceState) (*corev1.ConfigMap, error) {
	config := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Name:            f.name(),
			Namespace:       f.scope.Namespace,
			ResourceVersion: state.version,
			Labels:          map[string]string{stack.ManagedByLabel: stack.Manager, stack.StackLabel: f.scope.Stack},
		},
		Data: map[string]string{
			epochKey:      strconv.FormatInt(f.scope.Epoch, 10),
			"stack":       f.scope.Stack,
			"environment": f.scope.Environment,
			"about":       "Slipway refuses the writes of every rollout with a lower epoch. Leave this alone while one runs.",
		},
	}
	configMaps := f.cluster.typed.CoreV1().ConfigMaps(f.scope.Namespace)
	if !state.found {
		return configMaps.Create(ctx, config, metav1.CreateOptions{FieldManager: fenceManager})
	}
	return configMaps.Update(ctx, config, metav1.UpdateOptions{FieldManager: fenceManager})
}

func raisedAt(live *corev1.ConfigMap) time.Time {
	raised := live.CreationTimestamp.Time
	for _, entry := range live.ManagedFields {
		if entry.Manager == fenceManager && entry.Time != nil && entry.Time.After(raised) {
			raised = entry.Time.Time
		}
	}
	return raised
}
