//go:build record

package replay

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/tests/rig"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/image"
	"github.com/slipway-dev/slipway/workflows/release"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// TestRecord plays every case of wanted and writes down the histories.
func TestRecord(t *testing.T) {
	platform := platformtest.Load(t)
	r := rig.New(t, platform)
	namespace := platform.Namespace(t, "local-1")
	stack := rig.Stack{
		Name: "shop", Registry: platform.Registry + "/" + namespace,
		Environments: map[string]rig.Environment{
			"staging": {Channel: "rc", Clusters: []string{"local-1"}, Namespace: namespace, Deadline: "1m"},
		},
		Services: []rig.Service{
			{Name: "store", Kind: "StatefulSet", Image: "registry.example/store:1"},
			{Name: "cart", Built: true, Needs: []string{"store"}},
		},
	}
	repo := rig.NewRepo(t)
	r.Worker()
	scrub := scrubber{strings.NewReplacer(repo.URL(), "https://git.example/shop.git", platform.Registry, "registry.example:5000", namespace, "shop")}
	save := func(workflow, id, name string) {
		t.Helper()
		record(t, r, scrub, id, filepath.Join("testdata", workflow, name+".json"))
	}
	roll := rollout.ID("shop", "staging")

	stack.Services[0].Annotations = map[string]string{"slipway.dev/simulate": "crash-loop"}
	repo.Write(stack.Files())
	repo.Tag("v0.9.0-rc.1")
	r.Release(repo, "v0.9.0-rc.1", 3)
	save(rollout.Name, roll, "first-removed")

	stack.Services[0].Annotations = nil
	repo.Write(stack.Files())
	repo.Tag("v1.0.0-rc.1")
	r.Release(repo, "v1.0.0-rc.1", 0)
	save(release.Name, release.ID("shop", "1.0.0-rc.1"), "released")
	save(image.Name, image.ID(release.ID("shop", "1.0.0-rc.1"), "cart"), "built")
	save(rollout.Name, roll, "released")

	repo.Replace("cart/main.go", "println(", "prinln(")
	repo.Tag("v1.1.0-rc.1")
	r.Release(repo, "v1.1.0-rc.1", 1)
	save(release.Name, release.ID("shop", "1.1.0-rc.1"), "build-failed")
	save(image.Name, image.ID(release.ID("shop", "1.1.0-rc.1"), "cart"), "failed")

	repo.Replace("cart/main.go", "prinln(", "println(1, ")
	repo.Replace("cart/k8s.yaml", "replicas: 2", "replicas: -2")
	repo.Tag("v1.2.0-rc.1")
	r.Release(repo, "v1.2.0-rc.1", 6)
	save(rollout.Name, roll, "refused")
	// A released version whose tag is moved.
	repo.Tag("v1.0.0-rc.1")
	r.Release(repo, "v1.0.0-rc.1", 2)
	save(release.Name, release.ID("shop", "1.0.0-rc.1"), "refused")

	stack.Services[0].Annotations = map[string]string{"slipway.dev/simulate": "crash-loop"}
	repo.Write(stack.Files())
	repo.Tag("v1.4.0-rc.1")
	r.Release(repo, "v1.4.0-rc.1", 3)
	save(release.Name, release.ID("shop", "1.4.0-rc.1"), "restored")
	save(rollout.Name, roll, "restored")

	stack.Services[0].Annotations = map[string]string{"slipway.dev/simulate": "never-ready"}
	repo.Write(stack.Files())
	repo.Tag("v1.5.0-rc.1")
	starter := r.Background("release", "--repo", repo.Dir, "--tag", "v1.5.0-rc.1")
	r.Eventually("store is watched", func() bool {
		var status rollout.Status
		return r.Query(roll, rollout.StatusQuery, &status) && status.Version == "1.5.0-rc.1" &&
			len(status.Services) > 0 && status.Services[0].State == rollout.StateWatching
	})
	r.Starter("abort", "--stack", "shop", "--env", "staging", "--version", "1.5.0-rc.1", "--by", "ann", "--reason", "recording")
	starter.Wait()
	save(rollout.Name, roll, "aborted")
	save(environment.Name, environment.ID("shop", "staging"), "open")

	stack.Services[0].Annotations = nil
	stack.Services[0].Image = "registry.example/store:2"
	repo.Write(stack.Files())
	repo.Tag("v1.6.0-rc.1")
	r.Release(repo, "v1.6.0-rc.1", 0)
	if code, out, text := r.Starter("rollback", "--stack", "shop", "--env", "staging", "--from", "1.6.0-rc.1", "--by", "ann", "--reason", "recording"); code != 0 {
		t.Fatalf("rollback: exit code %d\n%s%s", code, out, text)
	}
	save(environment.Name, environment.ID("shop", "staging"), "rolled-back")
}

var (
	payloads   = regexp.MustCompile(`"data":\s*"[A-Za-z0-9+/=]+"`)
	identities = regexp.MustCompile(`"identity":\s*"[^"]*"`)
)

// scrubber replaces what is of the machine that recorded, and of no use to a replay.
type scrubber struct{ names *strings.Replacer }

// neutral gives a history in which nothing tells where it was recorded.
func (s scrubber) neutral(history []byte) []byte {
	history = identities.ReplaceAll(history, []byte(`"identity": "worker"`))
	return payloads.ReplaceAllFunc(history, func(field []byte) []byte {
		quoted := field[bytes.IndexByte(field, ':')+1:]
		data, err := base64.StdEncoding.DecodeString(strings.Trim(string(bytes.TrimSpace(quoted)), `"`))
		if err != nil {
			return field
		}
		return fmt.Appendf(nil, `"data": %q`, base64.StdEncoding.EncodeToString([]byte(s.names.Replace(string(data)))))
	})
}

func record(t *testing.T, r *rig.Rig, scrub scrubber, id, path string) {
	t.Helper()
	var history historypb.History
	events := r.Client.GetWorkflowHistory(t.Context(), id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		if err != nil {
			t.Fatalf("reading the history of %s: %v", id, err)
		}
		history.Events = append(history.Events, event)
	}
	content, err := protojson.MarshalOptions{Indent: " "}.Marshal(&history)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(scrub.neutral(content), '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
}
