package kubernetes

import (
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"
)

// Kinds that are watched rather than asked for.
const (
	kindDeployment         = "Deployment"
	kindReplicaSet         = "ReplicaSet"
	kindStatefulSet        = "StatefulSet"
	kindDaemonSet          = "DaemonSet"
	kindControllerRevision = "ControllerRevision"
	kindJob                = "Job"
	kindPod                = "Pod"
	kindEvent              = "Event"
	kindConfigMap          = "ConfigMap"
	kindCronJob            = "CronJob"
	kindSecret             = "Secret"
)

// watchKinds begins to watch what the health of a kind of workload depends on.
func (s *informerSet) watchKinds(workloads ...string) error {
	apps, core, batch := s.factory.Apps().V1(), s.factory.Core().V1(), s.factory.Batch().V1()
	controlled := cache.Indexers{byController: indexController}
	needs := map[string]func() error{
		kindDeployment: func() error {
			if err := s.watch(kindReplicaSet, apps.ReplicaSets().Informer, controlled); err != nil {
				return err
			}
			return s.watch(kindDeployment, apps.Deployments().Informer, nil)
		},
		kindStatefulSet: func() error { return s.watch(kindStatefulSet, apps.StatefulSets().Informer, nil) },
		kindDaemonSet: func() error {
			if err := s.watch(kindControllerRevision, apps.ControllerRevisions().Informer, controlled); err != nil {
				return err
			}
			return s.watch(kindDaemonSet, apps.DaemonSets().Informer, nil)
		},
		kindJob: func() error { return s.watch(kindJob, batch.Jobs().Informer, nil) },
	}
	for _, kind := range workloads {
		if err := s.watch(kindPod, core.Pods().Informer, controlled); err != nil {
			return err
		}
		if err := s.watch(kindEvent, s.warnings.Core().V1().Events().Informer, cache.Indexers{byObject: indexObject}); err != nil {
			return err
		}
		if err := needs[kind](); err != nil {
			return err
		}
	}
	return nil
}

func indexController(obj any) ([]string, error) {
	accessor, err := meta.Accessor(obj)
	if err != nil {
		return nil, err
	}
	if controller := metav1.GetControllerOf(accessor); controller != nil {
		return []string{string(controller.UID)}, nil
	}
	return nil, nil
}

func indexObject(obj any) ([]string, error) {
	if event, ok := obj.(*corev1.Event); ok {
		return []string{string(event.InvolvedObject.UID)}, nil
	}
	return nil, nil
}

// cached gives an object of a watched kind, false when there is none.
func cached[T any](s *informerSet, kind, name string) (T, bool) {
	var none T
	informer := s.informer(kind)
	if informer == nil {
		return none, false
	}
	found, exists, err := informer.GetIndexer().GetByKey(s.namespace + "/" + name)
	if err != nil || !exists {
		return none, false
	}
	object, ok := found.(T)
	return object, ok
}

// indexed gives the objects of a watched kind that belong to a UID.
func indexed[T any](s *informerSet, kind, index string, uid types.UID) []T {
	informer := s.informer(kind)
	if informer == nil {
		return nil
	}
	found, err := informer.GetIndexer().ByIndex(index, string(uid))
	if err != nil {
		return nil
	}
	objects := make([]T, 0, len(found))
	for _, item := range found {
		if object, ok := item.(T); ok {
			objects = append(objects, object)
		}
	}
	return objects
}

func (s *informerSet) informer(kind string) cache.SharedIndexInformer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.watched[kind]
}

func (s *informerSet) deployment(name string) (*appsv1.Deployment, bool) {
	return cached[*appsv1.Deployment](s, kindDeployment, name)
}

func (s *informerSet) statefulSet(name string) (*appsv1.StatefulSet, bool) {
	return cached[*appsv1.StatefulSet](s, kindStatefulSet, name)
}

func (s *informerSet) daemonSet(name string) (*appsv1.DaemonSet, bool) {
	return cached[*appsv1.DaemonSet](s, kindDaemonSet, name)
}

func (s *informerSet) job(name string) (*batchv1.Job, bool) {
	return cached[*batchv1.Job](s, kindJob, name)
}

func (s *informerSet) podsOf(uid types.UID) []*corev1.Pod {
	return indexed[*corev1.Pod](s, kindPod, byController, uid)
}

func (s *informerSet) warningsAbout(uid types.UID) []*corev1.Event {
	return indexed[*corev1.Event](s, kindEvent, byObject, uid)
}
