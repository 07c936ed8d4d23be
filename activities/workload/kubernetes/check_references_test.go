package kubernetes_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/activities/workload/kubernetes"
)

// needy is a Deployment whose container takes a variable from a Secret.
func needy(name, secret, key string, more ...string) string {
	return strings.Replace(deployment(name, "v1", 1), "containers: [{",
		fmt.Sprintf("containers: [{env: [{name: A, valueFrom: {secretKeyRef: {name: %s, key: %s%s}}}], ", secret, key, strings.Join(more, "")), 1)
}

func (s *site) secret(name string, keys ...string) {
	s.Helper()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}, StringData: map[string]string{}}
	for _, key := range keys {
		secret.StringData[key] = "hunter2"
	}
	if _, err := s.client.CoreV1().Secrets(s.namespace).Create(s.Context(), secret, metav1.CreateOptions{}); err != nil {
		s.Fatal(err)
	}
}

func TestWhatPodsNeedIsLookedFor(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.secret("cart-db", "password", "user")
	if _, err := s.client.CoreV1().ConfigMaps(s.namespace).Create(t.Context(), configMapObject("flags", map[string]string{"a": "1"}), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	external := "apiVersion: slipway.example.com/v1\nkind: ExternalSecret\nmetadata: {name: web-external}\nspec: {target: {name: web-made}}\n"
	definition := "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: externalsecrets.slipway.example.com}\n" +
		"spec: {group: slipway.example.com, scope: Namespaced, names: {plural: externalsecrets, singular: externalsecret, kind: ExternalSecret}, versions: []}\n"
	mounting := func(what string) string {
		return strings.Replace(deployment("cart", "v1", 1), "containers: [{", "volumes: [{name: v, "+what+"}], containers: [{", 1)
	}
	cases := []struct {
		name     string
		manifest []string
		want     []string
	}{
		{"a key that is there", []string{needy("cart", "cart-db", "password")}, nil},
		{
			"a key that is missing",
			[]string{needy("cart", "cart-db", "token")},
			[]string{"cart Secret/cart-db SecretMissing container app of Deployment/cart needs key token of Secret cart-db"},
		},
		{
			"a Secret that is missing",
			[]string{needy("cart", "cart-dbs", "password")},
			[]string{"cart Secret/cart-dbs SecretMissing create secret generic cart-dbs"},
		},
		{"a reference that is optional", []string{needy("cart", "cart-dbs", "password", ", optional: true")}, nil},
		{"a Secret that the release brings", []string{"apiVersion: v1\nkind: Secret\nmetadata: {name: own}\n", needy("cart", "own", "password")}, nil},
		{"a Secret that something in the release makes", []string{definition, external, needy("cart", "web-made", "password")}, nil},
		{
			"a volume of a Secret that is missing",
			[]string{mounting("secret: {secretName: tls}")},
			[]string{"cart Secret/tls SecretMissing volume v of Deployment/cart"},
		},
		{"a volume of a Secret that is there", []string{mounting("secret: {secretName: cart-db}")}, nil},
		{
			"a ConfigMap that is missing",
			[]string{mounting("configMap: {name: flag}")},
			[]string{"cart ConfigMap/flag ConfigMapMissing create configmap flag"},
		},
		{
			"a key of a ConfigMap that is missing",
			[]string{mounting("configMap: {name: flags, items: [{key: b, path: b}]}")},
			[]string{"cart ConfigMap/flags ConfigMapMissing key b of ConfigMap flags"},
		},
		{"what every namespace has", []string{mounting("configMap: {name: kube-root-ca.crt, items: [{key: ca.crt, path: p}]}")}, nil},
	}
	until(s, func() bool { return s.hasConfigMap("kube-root-ca.crt") })
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var found []workload.Problem
			for _, problem := range s.check(s.scope(1, s.service("cart", c.manifest...))).Problems {
				if strings.HasSuffix(problem.Reason, "Missing") {
					found = append(found, problem)
				}
				if strings.Contains(problem.Message, "hunter2") {
					t.Errorf("a value is told: %q", problem.Message)
				}
			}
			wantProblems(t, workload.CheckResult{Problems: found}, c.want...)
		})
	}
}

// withRights opens the cluster as somebody who may do only so much in the namespace.
func (s *site) withRights(rules ...rbacv1.PolicyRule) workload.Target {
	s.Helper()
	ctx, in := s.Context(), metav1.ObjectMeta{Name: "limited"}
	account := &corev1.ServiceAccount{ObjectMeta: in}
	if _, err := s.client.CoreV1().ServiceAccounts(s.namespace).Create(ctx, account, metav1.CreateOptions{}); err != nil {
		s.Fatal(err)
	}
	if _, err := s.client.RbacV1().Roles(s.namespace).Create(ctx, &rbacv1.Role{ObjectMeta: in, Rules: rules}, metav1.CreateOptions{}); err != nil {
		s.Fatal(err)
	}
	binding := &rbacv1.RoleBinding{
		ObjectMeta: in, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: in.Name},
		Subjects: []rbacv1.Subject{{Kind: "ServiceAccount", Name: in.Name, Namespace: s.namespace}},
	}
	if _, err := s.client.RbacV1().RoleBindings(s.namespace).Create(ctx, binding, metav1.CreateOptions{}); err != nil {
		s.Fatal(err)
	}
	token, err := s.client.CoreV1().ServiceAccounts(s.namespace).CreateToken(ctx, in.Name, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		s.Fatal(err)
	}
	access, err := clientcmd.LoadFromFile(s.platform.Kubeconfig)
	if err != nil {
		s.Fatal(err)
	}
	access.AuthInfos[access.Contexts[cluster].AuthInfo] = &clientcmdapi.AuthInfo{Token: token.Status.Token}
	file := filepath.Join(s.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*access, file); err != nil {
		s.Fatal(err)
	}
	if err := os.Chmod(file, 0o600); err != nil {
		s.Fatal(err)
	}
	clusters := kubernetes.New(kubernetes.Options{Kubeconfig: file, Version: s.namespace})
	s.Cleanup(clusters.Close)
	target, err := clusters.Target(cluster)
	if err != nil {
		s.Fatal(err)
	}
	return target
}

func TestWithoutTheRightToReadSecretsTheCheckGoesOn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	limited := s.withRights(rbacv1.PolicyRule{APIGroups: []string{"apps"}, Resources: []string{"*"}, Verbs: []string{"*"}})
	result, err := limited.Check(t.Context(), s.scope(1, s.service("cart", needy("cart", "none", "password"))), s.base)
	if err != nil || len(result.Problems) > 0 || len(result.Changes) != 1 {
		t.Errorf("check gave %+v, %v", result, err)
	}
}

func TestPruneThatMayNotSeeWhatIsInUseDeletesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.history("web", 4)
	limited := s.withRights(
		rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"configmaps", "pods", "podtemplates", "replicationcontrollers"}, Verbs: []string{"*"}},
		rbacv1.PolicyRule{APIGroups: []string{"apps"}, Resources: []string{"*"}, Verbs: []string{"*"}},
	)
	next := s.scope(2, s.service("web", config("web", hash(3), "3")))
	next.KeepConfigs = 1
	result, err := limited.Prune(t.Context(), next, s.scope(1))
	if err == nil || !strings.Contains(err.Error(), `cannot list resource "jobs"`) || len(result.Deleted) > 0 {
		t.Errorf("prune gave %+v, %v", result, err)
	}
	s.configMap("web-config-" + hash(0))
}
