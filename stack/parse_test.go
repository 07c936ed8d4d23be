package stack_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/stack/config"
)

func TestParseNamesEverythingThatIsWrong(t *testing.T) {
	t.Parallel()
	golden(t, "parse", func(t *testing.T, archive *txtar.Archive) string {
		parsed, err := stack.Parse("slipway.yaml", archive.Files[0].Data)
		if err == nil {
			t.Fatalf("was taken: %+v", parsed)
		}
		if parsed != nil {
			t.Error("came back with an error and a stack")
		}
		return err.Error()
	})
}

func TestParseReadsEveryField(t *testing.T) {
	t.Parallel()
	got := parseFile(t, "testdata/good/full.yaml")
	want := &stack.Stack{
		Name:    "shop",
		Version: mustVersion(t, "1.0.0"),
		Registries: []stack.Registry{
			{Push: "localhost:5000/shop", Pull: "registry.internal:5000/shop"},
			{Push: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop", Pull: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop"},
			{Push: "localhost:5001", Pull: "localhost:5001"},
		},
		Config: stack.Config{Layers: []string{"config/{service}.conf", "config/{environment}/{service}.conf"}, Keep: 5},
		Services: []stack.Service{
			{Name: "front", Build: &stack.Build{Go: "front"}, Manifests: stack.Manifests{Path: "front/k8s"}, Needs: []string{"cart", "catalog"}},
			{
				Name: "catalog", Build: &stack.Build{Go: "services/catalog/cmd/catalog"},
				Manifests: stack.Manifests{Path: "services/catalog/k8s"}, Needs: []string{"store"},
			},
			{Name: "store", Manifests: stack.Manifests{Path: "store.yaml"}},
			{
				Name: "cart", Build: &stack.Build{Go: "."}, Manifests: stack.Manifests{Path: "cart/k8s"}, Needs: []string{"store"},
				Config: &config.Spec{
					File: "cart.conf", Schema: "config/cart.schema.json", NotSecret: []string{"session.token-salt"},
					Secrets: map[string]config.SecretKey{"DB_PASSWORD": {Secret: "cart-db", Key: "password"}},
				},
				Checker: &stack.Checker{
					Image: "cart", Command: []string{"/cart", "--check", "--check"}, Deadline: stack.Duration(90 * time.Second),
					Annotations: map[string]string{"sidecar.istio.io/inject": "false"},
				},
			},
		},
		Hooks: []stack.Hook{
			{
				Name: "migrate", Job: "deploy/migrate.yaml", When: stack.Before, Service: "store", On: stack.OnEach,
				Deadline: stack.Duration(15 * time.Minute), PointOfNoReturn: true, Environments: []string{"staging", "production"},
			},
			{Name: "smoke", Job: "deploy/smoke.yaml", When: stack.After, On: stack.OnFirst, Deadline: stack.DefaultHookDeadline},
		},
		Environments: []stack.Environment{
			{
				Name: "test", Channel: stack.ChannelSnapshot, Clusters: []string{"local-1"}, Namespace: "shop-test", Deadline: stack.DefaultDeadline, Drift: stack.DriftReport,
				Order: stack.OrderTogether, FastRollback: stack.DefaultFastRollback,
			},
			{
				Name: "staging", Channel: stack.ChannelRC, Namespace: "shop", Deadline: stack.Duration(90 * time.Second), Drift: stack.DriftReport,
				Clusters: []string{"local-1", "arn:aws:eks:eu-central-1:123456789012:cluster/staging"},
				Order:    stack.OrderTogether, FastRollback: stack.DefaultFastRollback,
				Verify: stack.Verify{
					Soak:     stack.Duration(30 * time.Minute),
					Approval: &stack.Approval{Count: 1, From: []string{"qa"}, Expires: stack.DefaultExpires},
				},
			},
			{
				Name: "staging-us", Channel: stack.ChannelRC, Clusters: []string{"ops@us-1"}, Namespace: "shop", Deadline: stack.DefaultDeadline, Drift: stack.DriftReport,
				Order: stack.OrderTogether, FastRollback: stack.DefaultFastRollback,
			},
			{
				Name: "production", Channel: stack.ChannelStable, Clusters: []string{"eu-1", "us-1"}, Namespace: "shop",
				Deadline: stack.Duration(90 * time.Minute), Drift: stack.DriftReconcile,
				Order: stack.OrderInTurn, AtOnce: 5, FastRollback: stack.Duration(2 * time.Hour),
				Gates: stack.Gates{
					Approval: &stack.Approval{Count: 2, From: []string{"ann", "bob", "cem"}, Expires: stack.Duration(72 * time.Hour)},
					Freeze: []stack.Window{
						{Name: "weekend", Begins: "0 18 * * FRI", Lasts: stack.Duration(60 * time.Hour), Zone: "Europe/Berlin"},
						{Name: "sale", Begins: "0 0 20 11 *", Lasts: stack.Duration(240 * time.Hour), Running: stack.RunningAbort},
					},
				},
			},
		},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(stack.Version{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestAStackTravelsAsJSON(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"testdata/good/full.yaml", "testdata/good/smallest.yaml"} {
		sent := parseFile(t, name)
		data, err := json.Marshal(sent)
		if err != nil {
			t.Fatal(err)
		}
		got := new(stack.Stack)
		if err := json.Unmarshal(data, got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(sent, got, cmp.AllowUnexported(stack.Version{})); diff != "" {
			t.Errorf("%s (-sent +got)\n%s", data, diff)
		}
	}
}

func TestParseRefusesWhatNoArchiveCanHold(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, data, want string }{
		{"nothing", "", "slipway.yaml:1:1: is empty; a stack file names the stack, its registries, its services and its environments"},
		{"a control character", "stack: shop\nversion: \x01\n", "slipway.yaml:2: is not YAML: control characters are not allowed"},
		{"bytes that are no UTF-8", "stack: \xc3\x28\n", "slipway.yaml:1: is not YAML: invalid trailing UTF-8 octet"},
		{"a file that is too large", strings.Repeat("# x\n", 300_000), "slipway.yaml: is larger than 1024 KiB; a stack file names services, it does not contain them"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := stack.Parse("slipway.yaml", []byte(test.data))
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestLongValuesAreCut(t *testing.T) {
	t.Parallel()
	_, err := stack.Parse("slipway.yaml", []byte("stack: "+strings.Repeat("é", 20_000)))
	want := `stack: "` + strings.Repeat("é", 255) + "…; it has up to 63 lower-case letters, digits and hyphens"
	if err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v", err)
	}
}

func TestAliasesCostNothing(t *testing.T) {
	t.Parallel()
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for name := 'b'; name <= 'z'; name++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", name, name, strings.Repeat(fmt.Sprintf("*%c,", name-1), 10))
	}
	_, err := stack.Parse("slipway.yaml", []byte(bomb))
	var errs stack.Errors
	if !errors.As(err, &errs) || len(errs) != 250 {
		t.Fatalf("got %d errors: %v", len(errs), err)
	}
	if text := err.Error(); !strings.HasSuffix(text, "\nand 225 more") || strings.Count(text, "\n") != 25 {
		t.Errorf("the text has %d lines and ends in %q", strings.Count(text, "\n")+1, text[len(text)-20:])
	}
}

func TestErrorsAreFoundOneByOne(t *testing.T) {
	t.Parallel()
	_, err := stack.Parse("slipway.yaml", []byte("stack: Shop\n"))
	var first stack.Error
	if !errors.As(err, &first) {
		t.Fatalf("no Error in %v", err)
	}
	want := stack.Error{
		File: "slipway.yaml", Line: 1, Column: 1, Field: "registries", Problem: "is missing",
		Hint: "for example registries: [{push: ghcr.io/acme/shop}]",
	}
	if first != want {
		t.Errorf("got %+v, want %+v", first, want)
	}
}

func TestEnvironmentsOf(t *testing.T) {
	t.Parallel()
	full := parseFile(t, "testdata/good/full.yaml")
	for channel, want := range map[stack.Channel]string{
		stack.ChannelSnapshot: "test", stack.ChannelRC: "staging staging-us", stack.ChannelStable: "production", "": "",
	} {
		var names []string
		for _, environment := range full.EnvironmentsOf(channel) {
			names = append(names, environment.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%q goes to %q, want %q", channel, got, want)
		}
	}
}

func TestServicesAndEnvironmentsAreFoundByName(t *testing.T) {
	t.Parallel()
	full := parseFile(t, "testdata/good/full.yaml")
	if service, ok := full.Service("store"); !ok || service.Manifests.Path != "store.yaml" {
		t.Errorf("got %+v, %t", service, ok)
	}
	if service, ok := full.Service("shop"); ok {
		t.Errorf("found %+v", service)
	}
	if environment, ok := full.Environment("test"); !ok || environment.Namespace != "shop-test" {
		t.Errorf("got %+v, %t", environment, ok)
	}
	if environment, ok := full.Environment("prod"); ok {
		t.Errorf("found %+v", environment)
	}
}

// FuzzParse holds that Parse neither panics nor takes what it should not: what
// it takes has every service in one wave, and comes back from JSON.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/good/*.yaml", "testdata/parse/*.txtar"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			if archive := txtar.Parse(data); len(archive.Files) > 0 {
				data = archive.Files[0].Data
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		parsed, err := stack.Parse("slipway.yaml", data)
		if err != nil {
			var errs stack.Errors
			if !errors.As(err, &errs) || len(errs) == 0 || parsed != nil {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		moved := 0
		for _, wave := range parsed.Waves() {
			moved += len(wave)
		}
		if moved != len(parsed.Services) || moved == 0 || len(parsed.Environments) == 0 || len(parsed.Registries) == 0 {
			t.Fatalf("%d of %d services are moved: %+v", moved, len(parsed.Services), parsed)
		}
		encoded, err := json.Marshal(parsed)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(encoded, new(stack.Stack)); err != nil {
			t.Fatal(err)
		}
	})
}

func parseFile(t *testing.T, name string) *stack.Stack {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := stack.Parse(filepath.Base(name), data)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}
