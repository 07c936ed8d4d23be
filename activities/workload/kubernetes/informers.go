package kubernetes

import (
	"context"
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/informers"
	kubeclient "k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"

	"github.com/slipway-dev/slipway/activities/fault"
)

const (
	// idleAfter keeps the watches of a namespace from one wave to the next, and
	// lets them go soon after the last.
	idleAfter = 2 * time.Minute

	// byController finds the pods, ReplicaSets and revisions of a workload.
	byController = "controller"
	// byObject finds the events about an object.
	byObject = "object"
)

// informerSets shares one set of watches for each namespace of a cluster,
// however many waves are watched.
type informerSets struct {
	client kubeclient.Interface

	mu     sync.Mutex
	sets   map[string]*informerSet
	closed bool
}

func newInformerSets(client kubeclient.Interface) *informerSets {
	return &informerSets{client: client, sets: map[string]*informerSet{}}
}

// acquire gives the set of a namespace, to be released after use.
func (s *informerSets) acquire(namespace string) (*informerSet, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, fault.New(fault.Unavailable, "the connection to the cluster is being closed")
	}
	set := s.sets[namespace]
	if set == nil {
		set = newInformerSet(s.client, namespace)
		s.sets[namespace] = set
	}
	if set.idle != nil {
		set.idle.Stop()
		set.idle = nil
	}
	set.users++
	return set, nil
}

func (s *informerSets) release(set *informerSet) {
	s.mu.Lock()
	set.users--
	last := set.users == 0
	if last && !s.closed {
		set.idle = time.AfterFunc(idleAfter, func() { s.retire(set) })
	}
	stop := last && s.closed
	s.mu.Unlock()
	if stop {
		set.stop()
	}
}

func (s *informerSets) retire(set *informerSet) {
	s.mu.Lock()
	if set.users > 0 || s.sets[set.namespace] != set {
		s.mu.Unlock()
		return
	}
	delete(s.sets, set.namespace)
	s.mu.Unlock()
	set.stop()
}

// close ends the watches that nobody uses; the others end with their last user.
func (s *informerSets) close() {
	s.mu.Lock()
	s.closed = true
	var unused []*informerSet
	for _, set := range s.sets {
		if set.users > 0 {
			continue
		}
		if set.idle != nil {
			set.idle.Stop()
		}
		unused = append(unused, set)
	}
	s.sets = nil
	s.mu.Unlock()
	for _, set := range unused {
		set.stop()
	}
}

// informerSet watches one namespace. Kinds are watched from their first use on.
type informerSet struct {
	namespace string
	factory   informers.SharedInformerFactory
	warnings  informers.SharedInformerFactory
	ctx       context.Context
	cancel    context.CancelFunc

	// users and idle belong to informerSets and its lock.
	users int
	idle  *time.Timer

	mu          sync.Mutex
	watched     map[string]cache.SharedIndexInformer
	subscribers map[chan struct{}]bool
	refused     map[string]error
}

func newInformerSet(client kubeclient.Interface, namespace string) *informerSet {
	ctx, cancel := context.WithCancel(context.Background())
	return &informerSet{
		namespace: namespace,
		ctx:       ctx,
		cancel:    cancel,
		factory: informers.NewSharedInformerFactoryWithOptions(client, 0,
			informers.WithNamespace(namespace), informers.WithTransform(slim)),
		warnings: informers.NewSharedInformerFactoryWithOptions(client, 0,
			informers.WithNamespace(namespace), informers.WithTransform(slim),
			informers.WithTweakListOptions(func(options *metav1.ListOptions) {
				options.FieldSelector = fields.OneTermEqualSelector("type", "Warning").String()
			})),
		watched:     map[string]cache.SharedIndexInformer{},
		subscribers: map[chan struct{}]bool{},
		refused:     map[string]error{},
	}
}

func (s *informerSet) stop() {
	s.cancel()
	s.factory.Shutdown()
	s.warnings.Shutdown()
}

// slim drops what no decision looks at and what makes up half of an object.
func slim(obj any) (any, error) {
	if accessor, err := meta.Accessor(obj); err == nil {
		accessor.SetManagedFields(nil)
	}
	return obj, nil
}

// watch begins to watch a kind unless that is done already.
func (s *informerSet) watch(kind string, informer func() cache.SharedIndexInformer, indexers cache.Indexers) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.watched[kind] != nil {
		return nil
	}
	shared := informer()
	if err := shared.AddIndexers(indexers); err != nil {
		return fmt.Errorf("indexing %s: %w", kind, err)
	}
	err := shared.SetWatchErrorHandlerWithContext(func(_ context.Context, _ *cache.Reflector, err error) { s.failed(kind, err) })
	if err != nil {
		return fmt.Errorf("watching %s: %w", kind, err)
	}
	if _, err := shared.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { s.notify() },
		UpdateFunc: func(any, any) { s.notify() },
		DeleteFunc: func(any) { s.notify() },
	}); err != nil {
		return fmt.Errorf("watching %s: %w", kind, err)
	}
	s.watched[kind] = shared
	s.factory.StartWithContext(s.ctx)
	s.warnings.StartWithContext(s.ctx)
	return nil
}

func (s *informerSet) failed(kind string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if apierrors.IsForbidden(err) || apierrors.IsUnauthorized(err) {
		s.refused[kind] = err
	}
}

// synced tells whether all that is watched has been listed once. Warnings are
// welcome but not waited for: without them only texts are poorer.
func (s *informerSet) synced() (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for kind, informer := range s.watched {
		if kind == kindEvent || informer.HasSynced() {
			continue
		}
		if err := s.refused[kind]; err != nil {
			return false, classify(err, "watching %s in namespace %q", kind, s.namespace)
		}
		return false, nil
	}
	return true, nil
}

// subscribe gives a channel that holds a token after anything has changed.
func (s *informerSet) subscribe() (changed <-chan struct{}, unsubscribe func()) {
	channel := make(chan struct{}, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.subscribers[channel] = true
	return channel, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.subscribers, channel)
	}
}

func (s *informerSet) notify() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for channel := range s.subscribers {
		select {
		case channel <- struct{}{}:
		default: // it has a token already
		}
	}
}
