package kubernetes

import (
	"cmp"
	"context"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/stack"
)

// defaultKeep is how many unused configs of a service stay when the environment
// does not say.
const defaultKeep = 3

// staleConfigs gives the configs that a prune deletes, without their content:
// those that the release does not name and nothing uses, but for the newest of
// each service. Services that are gone from the release have theirs looked
// through like the others.
func (c *cluster) staleConfigs(ctx context.Context, next workload.Scope) ([]*unstructured.Unstructured, error) {
	old, err := c.oldConfigs(ctx, next)
	if err != nil {
		return nil, err
	}
	keep := next.KeepConfigs
	if keep <= 0 {
		keep = defaultKeep
	}
	// Most prunes end here, with a single list.
	maps.DeleteFunc(old, func(_ string, configs []*unstructured.Unstructured) bool { return len(configs) <= keep })
	if len(old) == 0 {
		return nil, nil
	}
	used, err := c.configsInUse(ctx, next.Namespace)
	if err != nil {
		return nil, err
	}
	var stale []*unstructured.Unstructured
	for _, service := range slices.Sorted(maps.Keys(old)) {
		unused := slices.DeleteFunc(old[service], func(u *unstructured.Unstructured) bool { return used.has(u.GetName()) })
		slices.SortFunc(unused, newestFirst)
		stale = append(stale, unused[min(keep, len(unused)):]...)
	}
	return stale, nil
}

func newestFirst(a, b *unstructured.Unstructured) int {
	before, after := a.GetCreationTimestamp(), b.GetCreationTimestamp()
	return cmp.Or(after.Compare(before.Time), cmp.Compare(a.GetName(), b.GetName()))
}

// oldConfigs lists our configs of the stack that the release does not name, by
// service.
func (c *cluster) oldConfigs(ctx context.Context, next workload.Scope) (map[string][]*unstructured.Unstructured, error) {
	objects, err := parse(next.All())
	if err != nil {
		return nil, err
	}
	named := map[string]bool{}
	for _, o := range objects {
		if isConfigMap(o.Unstructured) {
			named[o.GetName()] = true
		}
	}
	old := map[string][]*unstructured.Unstructured{}
	resource := c.names.Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace(next.Namespace)
	options := metav1.ListOptions{Limit: listPage, LabelSelector: configsOf(next.Stack)}
	for {
		page, err := resource.List(ctx, options)
		if err != nil {
			return nil, classify(err, "listing the configs of stack %q", next.Stack)
		}
		for i := range page.Items {
			config, err := configNamed(&page.Items[i])
			if err != nil {
				return nil, err
			}
			if named[config.GetName()] || config.GetDeletionTimestamp() != nil || !managed(config, next.Stack) {
				continue
			}
			service := config.GetLabels()[stack.ConfigLabel]
			old[service] = append(old[service], config)
		}
		if options.Continue = page.GetContinue(); options.Continue == "" {
			return old, nil
		}
	}
}

func configsOf(stackName string) string {
	return labels.Set{stack.ManagedByLabel: stack.Manager, stack.StackLabel: stackName}.String() + "," + stack.ConfigLabel
}

func configNamed(metadata *metav1.PartialObjectMetadata) (*unstructured.Unstructured, error) {
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(metadata)
	if err != nil {
		return nil, fault.New(fault.Internal, "reading the metadata of ConfigMap %s: %w", metadata.Name, err)
	}
	config := &unstructured.Unstructured{Object: fields}
	config.SetAPIVersion("v1")
	config.SetKind(kindConfigMap)
	return config, nil
}
