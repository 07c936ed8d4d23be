package stack_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

func TestRenderStaysInTheRepository(t *testing.T) {
	t.Parallel()
	outside := t.TempDir()
	write(t, filepath.Join(outside, "pod.yaml"), podOfCatalog)
	write(t, filepath.Join(outside, "kustomization.yaml"), "resources: [pod.yaml]\n")
	for _, test := range []struct {
		name  string
		files map[string]string
		link  string
		to    string
		want  string
	}{
		{
			"a link to a manifest outside",
			map[string]string{"k8s/a.yaml": podOfCatalog},
			"k8s/b.yaml", filepath.Join(outside, "pod.yaml"),
			"k8s/b.yaml: leads out of the repository",
		},
		{
			"a link to a resource outside",
			map[string]string{"k8s/kustomization.yaml": "resources: [b.yaml]\n"},
			"k8s/b.yaml", filepath.Join(outside, "pod.yaml"),
			`k8s: service catalog: building the kustomization: accumulating resources: accumulation err='accumulating resources from 'b.yaml': "k8s/b.yaml" leads out of the repository'`,
		},
		{
			"a link to a base outside",
			map[string]string{"k8s/kustomization.yaml": "resources: [base]\n"},
			"k8s/base", outside,
			`k8s: service catalog: building the kustomization: accumulating resources: accumulation err='accumulating resources from 'base': "k8s/base" leads out of the repository'`,
		},
		{
			"a base above the root",
			map[string]string{"k8s/kustomization.yaml": "resources: [../../..]\n"},
			"x", outside,
			`k8s: service catalog: building the kustomization: accumulating resources: accumulation err='accumulating resources from '../../..': '/' must resolve to a file': cycle detected`,
		},
		{
			"a path of the machine",
			map[string]string{"k8s/kustomization.yaml": "configMapGenerator: [{name: a, files: [/etc/passwd]}]\n"},
			"x", outside,
			`k8s: service catalog: building the kustomization: loading KV pairs: file sources: [/etc/passwd]: "etc/passwd" does not exist`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			root := shop(t, test.files)
			link(t, test.to, filepath.Join(root, test.link))
			wantRefused(t, root, test.want)
		})
	}
}

func TestALinkInsideTheRepositoryIsFollowed(t *testing.T) {
	t.Parallel()
	root := shop(t, map[string]string{"shared/pod.yaml": podOfCatalog, "k8s/README": ""})
	link(t, "../shared/pod.yaml", filepath.Join(root, "k8s/pod.yaml"))
	if _, err := render(t, root); err != nil {
		t.Error(err)
	}
}

func TestASyntaxErrorInALargeFileHasTheLineOfTheLibrary(t *testing.T) {
	t.Parallel()
	manifest := strings.Repeat("# x\n", 10_000) + "a: 1\nb: \"\n"
	wantRefused(t, shop(t, map[string]string{"k8s/a.yaml": manifest}), "k8s/a.yaml:10002: is not YAML: found unexpected end of stream")
}

func TestRenderHasLimits(t *testing.T) {
	t.Parallel()
	large := "# " + strings.Repeat("x", 5<<20)
	deep := map[string]string{"k8s/kustomization.yaml": "resources: [../l0]\n"}
	const levels = 16
	for level := range levels {
		next := fmt.Sprintf("../l%d", level+1)
		deep[fmt.Sprintf("l%d/kustomization.yaml", level)] = "resources: [a, b]\n"
		for _, side := range []string{"a", "b"} {
			deep[fmt.Sprintf("l%d/%s/kustomization.yaml", level, side)] = fmt.Sprintf("namePrefix: %s-\nresources: [../%s]\n", side, next)
		}
	}
	deep[fmt.Sprintf("l%d/kustomization.yaml", levels)] = "resources: [pod.yaml]\n"
	deep[fmt.Sprintf("l%d/pod.yaml", levels)] = podOfCatalog

	for _, test := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"a file that is too large", map[string]string{"k8s/a.yaml": large}, "k8s/a.yaml: is larger than 5120 KiB"},
		{
			"a resource that is too large",
			map[string]string{"k8s/kustomization.yaml": "resources: [a.yaml]", "k8s/a.yaml": large},
			`k8s: service catalog: building the kustomization: accumulating resources: accumulation err='accumulating resources from 'a.yaml': "k8s/a.yaml" is larger than 5120 KiB'`,
		},
		{
			"an object that no cluster takes",
			map[string]string{"k8s/a.yaml": podOfCatalog + "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: " + strings.Repeat("x", 2<<20) + "}}\n"},
			"k8s/a.yaml:3:1: ConfigMap a: is larger than 1536 KiB, which a cluster does not take",
		},
		{
			"too many objects",
			map[string]string{"k8s/a.yaml": strings.Repeat("---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n", 5001)},
			"slipway.yaml: services.catalog: the stack has more than 5000 objects; split it",
		},
		{"aliases that stand for too much", map[string]string{"k8s/a.yaml": bomb("")}, "k8s/a.yaml: holds aliases that stand for more than 100000 values; write the values out"},
		{
			"aliases in a resource",
			map[string]string{"k8s/kustomization.yaml": "resources: [a.yaml]", "k8s/a.yaml": bomb("")},
			"k8s/a.yaml: holds aliases that stand for more than 100000 values; write the values out",
		},
		{
			"aliases in a patch",
			map[string]string{"k8s/a.yaml": podOfCatalog, "k8s/kustomization.yaml": "resources: [a.yaml]\npatches:\n- patch: |-\n" + bomb("    ")},
			"k8s/kustomization.yaml: holds aliases that stand for more than 100000 values; write the values out",
		},
		{
			"a List that holds itself",
			map[string]string{"k8s/a.yaml": "kind: List\nitems: &a [{kind: List, items: *a}]\n"},
			"k8s/a.yaml: holds aliases that stand for more than 100000 values; write the values out",
		},
		{
			"an alias of itself",
			map[string]string{"k8s/a.yaml": "a: &a [*a]\n"},
			"k8s/a.yaml: holds aliases that stand for more than 100000 values; write the values out",
		},
		{"bases that double at each level", deep, "k8s: rendering one service reads more than 1000 files; split the service"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			wantRefused(t, shop(t, test.files), test.want)
		})
	}
}

// bomb is a ConfigMap whose aliases stand for 10^25 values.
func bomb(indent string) string {
	var text strings.Builder
	for _, line := range []string{"apiVersion: v1", "kind: ConfigMap", "metadata: {name: a}", "a: &a [x,x,x,x,x,x,x,x,x,x]"} {
		text.WriteString(indent + line + "\n")
	}
	for name := 'b'; name <= 'y'; name++ {
		fmt.Fprintf(&text, "%s%c: &%c [%s]\n", indent, name, name, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", name-1), 10), ","))
	}
	return text.String()
}

func TestKustomizationsNeitherFetchNorRun(t *testing.T) {
	t.Parallel()
	fetched := make(chan string, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		fetched <- request.URL.Path
		http.NotFound(w, request)
	}))
	t.Cleanup(server.Close)
	remote := server.URL + "/acme/shop"
	notHere := fmt.Sprintf("k8s/kustomization.yaml:1: %q is not in the repository; copy it into the repository", remote)
	runs := "runs plugins or charts; build it before, and name what it makes under resources"
	for _, test := range []struct{ name, kustomization, want string }{
		{"a remote resource", "resources: [" + remote + "]", notHere},
		{"a remote resource in other letters", "Resources: [" + remote + "]", notHere},
		{"a remote resource with a blank", "resources: ['" + remote + "/a b']", `k8s/kustomization.yaml:1: "` + remote + `/a b" is not in the repository`},
		{"a remote resource in capitals", "resources: ['" + strings.Replace(remote, "http", "HTTP", 1) + "']", "k8s/kustomization.yaml:1: "},
		{"a remote base", "bases: [" + remote + "]", notHere},
		{"a remote component", "components: [" + remote + "]", notHere},
		{"a remote definition", "crds: [" + remote + "]", notHere},
		{"a remote configuration", "configurations: [" + remote + "]", notHere},
		{"a remote patch", "patches: [{path: " + remote + "}]", notHere},
		{"a remote strategic patch", "patchesStrategicMerge: [" + remote + "]", notHere},
		{"a remote JSON patch", "patchesJson6902: [{path: " + remote + ", target: {kind: Pod, name: a, version: v1}}]", notHere},
		{"a remote replacement", "replacements: [{path: " + remote + "}]", notHere},
		{"a remote schema", "openapi: {path: " + remote + "}", notHere},
		{"a remote file of a ConfigMap", "configMapGenerator: [{name: a, files: [a=" + remote + "]}]", "k8s/kustomization.yaml:1: "},
		{"a remote environment of a ConfigMap", "configMapGenerator: [{name: a, envs: [" + remote + "]}]", notHere},
		{"a remote environment in the old form", "configMapGenerator: [{name: a, env: " + remote + "}]", notHere},
		{"a remote file of a Secret", "secretGenerator: [{name: a, files: [" + remote + "]}]", notHere},
		{"a repository of GitHub", "resources: [github.com/acme/shop]", `k8s/kustomization.yaml:1: "github.com/acme/shop" is not in the repository`},
		{"a repository by SSH", "resources: ['git@example.com:acme/shop']", `k8s/kustomization.yaml:1: "git@example.com:acme/shop" is not in the repository`},
		{"a repository of the machine", "resources: ['file:///etc']", `k8s/kustomization.yaml:1: "file:///etc" is not in the repository`},
		{"a forced protocol", "resources: ['git::example.com/acme/shop']", `k8s/kustomization.yaml:1: "git::example.com/acme/shop" is not in the repository`},
		{"a chart", "helmCharts: [{name: shop, repo: '" + remote + "'}]", "k8s/kustomization.yaml: helmCharts: " + runs},
		{"a chart in the old form", "helmChartInflationGenerator: [{chartName: shop}]", "k8s/kustomization.yaml: helmChart"},
		{"a generator", "generators: [generator.yaml]", "k8s/kustomization.yaml: generators: " + runs},
		{"a transformer", "transformers: [transformer.yaml]", "k8s/kustomization.yaml: transformers: " + runs},
		{"a validator", "validators: [validator.yaml]", "k8s/kustomization.yaml: validators: " + runs},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			wantRefused(t, shop(t, map[string]string{"k8s/kustomization.yaml": test.kustomization + "\n"}), test.want)
			base := shop(t, map[string]string{"base/kustomization.yaml": test.kustomization + "\n", "k8s/kustomization.yaml": "resources: [../base]\n"})
			wantRefused(t, base, strings.Replace(test.want, "k8s/", "base/", 1))
		})
	}
	t.Cleanup(func() {
		select {
		case path := <-fetched:
			t.Errorf("fetched %s", path)
		default:
		}
	})
}

func TestWhatLooksRemoteButIsNoPathIsLeftAlone(t *testing.T) {
	t.Parallel()
	root := shop(t, map[string]string{
		"k8s/pod.yaml": podOfCatalog,
		"k8s/kustomization.yaml": `resources: [pod.yaml]
commonAnnotations: {docs: "https://example.com"}
configMapGenerator: [{name: a, literals: [URL=https://example.com]}]
patchesStrategicMerge:
  - |-
    apiVersion: v1
    kind: Pod
    metadata: {name: a, annotations: {mail: a@example.com, docs: "https://example.com"}}
`,
	})
	if _, err := render(t, root); err != nil {
		t.Error(err)
	}
}
