package workload_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"

	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/bundle/oci"
	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/registry"
	"github.com/slipway-dev/slipway/activities/registry/registrytest"
	"github.com/slipway-dev/slipway/activities/workload"
)

// scene is the activities over a real registry and a target that only notes
// what it is asked.
type scene struct {
	t          *testing.T
	registry   *registrytest.Registry
	store      *oci.Store
	repository string
	target     *notebook
	env        *testsuite.TestActivityEnvironment
	activities *workload.Activities
}

func newScene(t *testing.T) *scene {
	t.Helper()
	server := registrytest.New(t)
	s := &scene{
		t: t, registry: server, store: oci.New(registry.New("test")), target: &notebook{}, repository: server.Host + "/shop/shop.bundle",
	}
	s.activities = &workload.Activities{Targets: only{s.target}, Store: s.store}
	s.attempt()
	return s
}

// attempt begins anew, as a worker does for another attempt of the same step.
func (s *scene) attempt() {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	s.env = suite.NewTestActivityEnvironment()
	s.env.RegisterActivity(s.activities)
}

// release stores a bundle of three services in two waves.
func (s *scene) release(version string, services ...string) bundle.Reference {
	s.t.Helper()
	content := bundle.Content{
		Release: bundle.Release{
			Stack: "shop", Version: version, Channel: "rc", Commit: strings.Repeat("a", 40),
			Images:       map[string]bundle.Image{},
			Environments: []bundle.Environment{{Name: "staging", Clusters: []string{"local", "local-2"}, Namespace: "shop", Waves: wavesOf(services)}},
		},
		Manifests: map[string]map[string][]json.RawMessage{"staging": {}},
	}
	for _, service := range services {
		content.Release.Images[service] = bundle.Image{Digest: "sha256:" + strings.Repeat("0", 64)}
		content.Manifests["staging"][service] = []json.RawMessage{json.RawMessage(`{"kind":"ConfigMap","metadata":{"name":"` + service + `"}}`)}
	}
	artifact, err := bundle.Encode(content)
	if err != nil {
		s.t.Fatal(err)
	}
	ref, err := s.store.Put(s.t.Context(), s.repository, artifact, version)
	if err != nil {
		s.t.Fatal(err)
	}
	return ref
}

// wavesOf puts the first service before the others.
func wavesOf(services []string) [][]string {
	if len(services) == 0 {
		return nil
	}
	return [][]string{services[:1], services[1:]}
}

func (s *scene) subject(ref bundle.Reference, services ...string) workload.Subject {
	return workload.Subject{Stack: "shop", Environment: "staging", Target: "local", Namespace: "shop", Bundle: ref, Epoch: 7, Services: services}
}

// only is the targets that there are.
type only struct{ target workload.Target }

func (o only) Target(name string) (workload.Target, error) {
	if name != "local" && name != "local-2" {
		return nil, fault.New(fault.NotFound, "unknown target %q", name)
	}
	return o.target, nil
}

// notebook is a target that notes what it is asked.
type notebook struct {
	workload.Target
	scopes   []workload.Scope
	records  int
	restored []byte
	jobs     []workload.Job
	written  []string
	drift    workload.Drift
	// found is what a check gives; nil is one problem.
	found *workload.CheckResult
}

func (n *notebook) Record(_ context.Context, next, base workload.Scope) (workload.Record, error) {
	n.records++
	n.scopes = append(n.scopes, next, base)
	return workload.Record{Content: []byte("what was there"), Epoch: 6, Objects: 2, Absent: 1}, nil
}

func (n *notebook) Check(_ context.Context, next, _ workload.Scope) (workload.CheckResult, error) {
	n.scopes = append(n.scopes, next)
	if n.found != nil {
		return *n.found, nil
	}
	return workload.CheckResult{Problems: []workload.Problem{{Reason: "Conflict"}}}, nil
}

func (n *notebook) Apply(_ context.Context, next, base workload.Scope) (workload.ApplyResult, error) {
	n.scopes = append(n.scopes, next, base)
	return workload.ApplyResult{Unchanged: 1, Written: n.written}, nil
}

func (n *notebook) Compare(_ context.Context, current workload.Scope, progress workload.Progress) (workload.Drift, error) {
	n.scopes = append(n.scopes, current)
	progress(1, 2)
	return n.drift, nil
}

func (n *notebook) Restore(_ context.Context, _ workload.Scope, record []byte) (workload.RestoreResult, error) {
	n.restored = record
	return workload.RestoreResult{}, nil
}

func run[T any](s *scene, activity, in any) (T, error) {
	s.t.Helper()
	var result T
	value, err := s.env.ExecuteActivity(activity, in)
	if err == nil {
		err = value.Get(&result)
	}
	return result, err
}

func names(services []workload.Service) []string {
	var found []string
	for _, service := range services {
		found = append(found, service.Name)
	}
	return found
}

func TestScopeHasTheServicesOfTheStepInTheOrderOfTheWaves(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	ref := s.release("1.0.0-rc.1", "store", "catalog", "web")
	if _, err := run[workload.ApplyResult](s, s.activities.ApplyWave, workload.ApplyWaveInput{Subject: s.subject(ref, "web", "catalog")}); err != nil {
		t.Fatal(err)
	}
	scope := s.target.scopes[0]
	if got := names(scope.Services); !slices.Equal(got, []string{"catalog", "web"}) {
		t.Errorf("services %q", got)
	}
	if got := names(scope.Others); !slices.Equal(got, []string{"store"}) || scope.Epoch != 7 || scope.Namespace != "shop" {
		t.Errorf("scope %+v", scope)
	}
}

func TestWhatTheBundleDoesNotHaveIsRefused(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	ref := s.release("1.0.0-rc.1", "store", "web")
	wrong := s.subject(ref)
	wrong.Environment = "production"
	elsewhere := s.subject(ref)
	elsewhere.Target = "mars"
	for text, subject := range map[string]workload.Subject{`environment "production"`: wrong, `"cart"`: s.subject(ref, "cart"), `"mars"`: elsewhere} {
		_, err := run[workload.ApplyResult](s, s.activities.ApplyWave, workload.ApplyWaveInput{Subject: subject})
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("error is %v, want one about %s", err, text)
		}
	}
}

func TestSnapshotIsTakenOnceAndReadAgain(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	base, next := s.release("1.0.0-rc.1", "store", "web"), s.release("1.1.0-rc.1", "store", "web", "cart")
	in := workload.TakeSnapshotInput{Subject: s.subject(next), Base: base}
	first, err := run[workload.Snapshot](s, s.activities.TakeSnapshot, in)
	if err != nil {
		t.Fatal(err)
	}
	s.attempt()
	again, err := run[workload.Snapshot](s, s.activities.TakeSnapshot, in)
	if err != nil {
		t.Fatal(err)
	}
	if first != again || first.Epoch != 6 || first.Objects != 2 || first.Absent != 1 || s.target.records != 1 {
		t.Errorf("snapshots %+v and %+v after %d looks at the target", first, again, s.target.records)
	}
	if got := names(s.target.scopes[1].Services); !slices.Equal(got, []string{"store", "web"}) {
		t.Errorf("the base's services are %q", got)
	}
	if _, err := run[workload.RestoreResult](s, s.activities.RestoreWave, workload.RestoreWaveInput{Subject: s.subject(next), Snapshot: first.Reference}); err != nil {
		t.Fatal(err)
	}
	if string(s.target.restored) != "what was there" {
		t.Errorf("restored from %q", s.target.restored)
	}
	_, err = run[workload.RestoreResult](s, s.activities.RestoreWave, workload.RestoreWaveInput{Subject: s.subject(next), Snapshot: next})
	if err == nil || !strings.Contains(err.Error(), "is no snapshot") {
		t.Errorf("a bundle was taken for a snapshot: %v", err)
	}
}

func TestImagesThatTheRegistryLacksAreProblems(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	result, err := run[workload.CheckResult](s, s.activities.CheckTarget, workload.CheckTargetInput{Subject: s.subject(s.release("1.0.0-rc.1", "store", "web"))})
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, problem := range result.Problems {
		found = append(found, problem.Reason+" "+problem.Service)
	}
	if want := []string{"Conflict ", "ImageMissing store", "ImageMissing web"}; !slices.Equal(found, want) {
		t.Errorf("problems %q, want %q", found, want)
	}
}

func TestScopeHoldsWhatTheTargetHasOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	content := bundle.Content{
		Release: bundle.Release{
			Stack: "shop", Version: "1.0.0-rc.1", Channel: "rc", Commit: strings.Repeat("a", 40), Images: map[string]bundle.Image{},
			Environments: []bundle.Environment{{
				Name: "staging", Clusters: []string{"local", "other"}, Namespace: "shop", Waves: [][]string{{"cart", "web"}}, KeepConfigs: 5,
			}},
		},
		Manifests: map[string]bundle.Manifests{"staging": {"cart": {json.RawMessage(`{"kind":"A"}`)}, "web": {json.RawMessage(`{"kind":"B"}`)}}},
		Clusters:  map[string]map[string]bundle.Manifests{"staging": {"local": {"web": {json.RawMessage(`{"kind":"C"}`)}}}},
	}
	artifact, err := bundle.Encode(content)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := s.store.Put(t.Context(), s.repository, artifact, "1.0.0-rc.1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := run[workload.ApplyResult](s, s.activities.ApplyWave, workload.ApplyWaveInput{Subject: s.subject(ref), Base: ref}); err != nil {
		t.Fatal(err)
	}
	for name, scope := range map[string]workload.Scope{"next": s.target.scopes[0], "base": s.target.scopes[1]} {
		cart, web := string(scope.Services[0].Objects[0]), string(scope.Services[1].Objects[0])
		if cart != `{"kind":"A"}` || web != `{"kind":"C"}` || scope.KeepConfigs != 5 {
			t.Errorf("%s has %s and %s and keeps %d, want what is common and what is the target's own", name, cart, web, scope.KeepConfigs)
		}
	}
}

func TestResultsOfManyObjectsStaySmall(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.target.written = slices.Repeat([]string{"ConfigMap/a"}, 3000)
	result, err := run[workload.ApplyResult](s, s.activities.ApplyWave, workload.ApplyWaveInput{Subject: s.subject(s.release("1.0.0-rc.1", "store", "web"))})
	if err != nil || len(result.Written) != 100 || result.Writes != 3000 {
		t.Errorf("%d of %d are named, %v; want 100 of 3000", len(result.Written), result.Writes, err)
	}
}
