package kubernetes

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/slipway-dev/slipway/activities/workload"
)

// need is a Secret or ConfigMap that pods of the release name and that the
// release does not bring.
type need struct {
	kind, name string
	uses       []use
}

type use struct {
	object object
	reference
}

// missingReferences looks for what pods would wait for in vain. Where we may not
// read Secrets or ConfigMaps it finds nothing: such a right is not needed for a
// release, and a pod that can't start is seen within seconds. In a namespace that
// does not exist yet there is nothing to look for.
func (k check) missingReferences(ctx context.Context, at place) ([]workload.Problem, error) {
	if at != placeReady {
		return nil, nil
	}
	needs, err := k.needs()
	if err != nil {
		return nil, err
	}
	found := make([][]workload.Problem, len(needs))
	err = inParallel(allOf(len(needs)), func(i int) error {
		var err error
		found[i], err = k.unmet(ctx, needs[i])
		return err
	})
	return slices.Concat(found...), err
}

// needs lists what the pods name, each Secret and ConfigMap once.
func (k check) needs() ([]*need, error) {
	all, err := parse(k.scope.All())
	if err != nil {
		return nil, err
	}
	users := k.objects
	for _, t := range k.tasks {
		users = append(users[:len(users):len(users)], t.object())
		for _, copied := range t.copies {
			all = append(all, object{service: t.For, Unstructured: copied})
		}
	}
	brought := bringing(all)
	var needs []*need
	known := map[[2]string]*need{}
	for _, o := range users {
		spec := podSpecOf(o.Unstructured)
		if spec == nil {
			continue
		}
		for _, ref := range references(spec) {
			if ref.optional || ref.name == "" || brought.has(ref.kind, ref.name) {
				continue
			}
			id := [2]string{ref.kind, ref.name}
			if known[id] == nil {
				known[id] = &need{kind: ref.kind, name: ref.name}
				needs = append(needs, known[id])
			}
			known[id].uses = append(known[id].uses, use{object: o, reference: ref})
		}
	}
	return needs, nil
}

// unmet asks the cluster for one Secret or ConfigMap. Of a Secret it keeps the
// names of the keys; where no key is asked for, the values are not even sent.
func (k check) unmet(ctx context.Context, n *need) ([]workload.Problem, error) {
	keys, err := k.cluster.keysOf(ctx, k.scope.Namespace, n)
	switch {
	case apierrors.IsForbidden(err):
		return nil, nil
	case apierrors.IsNotFound(err):
		return []workload.Problem{k.missing(n, n.uses[0], "")}, nil
	case err != nil:
		return nil, classify(err, "looking for %s %s", n.kind, n.name)
	}
	var problems []workload.Problem
	var told []string
	for _, u := range n.uses {
		if u.key == "" || slices.Contains(keys, u.key) || slices.Contains(told, u.key) {
			continue
		}
		told = append(told, u.key)
		problems = append(problems, k.missing(n, u, u.key))
	}
	return problems, nil
}

// keysOf gives the keys, none when nobody asks for one.
func (c *cluster) keysOf(ctx context.Context, namespace string, n *need) ([]string, error) {
	if !slices.ContainsFunc(n.uses, func(u use) bool { return u.key != "" }) {
		resource := schema.GroupVersionResource{Version: "v1", Resource: strings.ToLower(n.kind) + "s"}
		_, err := c.names.Resource(resource).Namespace(namespace).Get(ctx, n.name, metav1.GetOptions{})
		return nil, err
	}
	var keys []string
	if n.kind == kindSecret {
		live, err := c.typed.CoreV1().Secrets(namespace).Get(ctx, n.name, metav1.GetOptions{})
		if err != nil {
			return nil, err
		}
		for key := range live.Data {
			keys = append(keys, key)
		}
		return keys, nil
	}
	live, err := c.typed.CoreV1().ConfigMaps(namespace).Get(ctx, n.name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	return configKeys(live), nil
}

func configKeys(live *corev1.ConfigMap) []string {
	var keys []string
	for key := range live.Data {
		keys = append(keys, key)
	}
	for key := range live.BinaryData {
		keys = append(keys, key)
	}
	return keys
}

// missing says who needs what, and the way out.
func (k check) missing(n *need, u use, key string) workload.Problem {
	reason := reasonConfigMapMissing
	create := "kubectl --context %s -n %s create configmap %s"
	if n.kind == kindSecret {
		reason = reasonSecretMissing
		create = "kubectl --context %s -n %s create secret generic %s"
	}
	what := fmt.Sprintf("%s %s", n.kind, n.name)
	way := fmt.Sprintf("create it ("+create+" …)", k.cluster.name, k.scope.Namespace, n.name)
	if key != "" {
		what = fmt.Sprintf("key %s of %s", key, what)
		way = "add the key"
	}
	return workload.Problem{
		Service: u.object.service, Object: n.kind + "/" + n.name, Reason: reason,
		Message: fmt.Sprintf("%s of %s needs %s, which namespace %s of cluster %q does not have: %s, or mark the reference as optional",
			u.user, u.object.name(), what, k.scope.Namespace, k.cluster.name, way),
	}
}
