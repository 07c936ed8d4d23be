package generate

import (
	"reflect"
	"strings"
	"testing"
)

var shape = Shape{Fields: 5, Depth: 3, Files: 3}

func TestRandomIsRepeatable(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		if first, second := Random(seed, shape), Random(seed, shape); !reflect.DeepEqual(first, second) {
			t.Fatalf("seed %d gives two projects:\n%v\n%v", seed, first, second)
		}
	}
}

func TestRandomUsesEveryForm(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	for seed := range uint64(300) {
		for name, text := range Random(seed, shape).Files {
			all.WriteString(name + "\n" + text + "\n")
		}
	}
	for _, form := range []string{
		"${?", "${a", "+=", "] [", "} {", "} ${", `"""`, "\u00a0", "null", "a.b", `""`,
		"include \"", "include required(\"", "include file(\"", "include required(file(\"", "missing.conf", ".json", ".properties", "sub/", "../",
		"# in", "// so", "\r\n", "1 ", "0.",
	} {
		if !strings.Contains(all.String(), form) {
			t.Errorf("none of 300 projects has %q", form)
		}
	}
}

func TestMutateChangesLittle(t *testing.T) {
	t.Parallel()
	changed := 0
	for seed := range uint64(100) {
		project := Random(seed, shape)
		mutant := Mutate(project, seed)
		if !reflect.DeepEqual(mutant, project) {
			changed++
		}
		if difference := mutant.Bytes() - project.Bytes(); difference > 40 || difference < -40 {
			t.Errorf("seed %d: %d bytes of difference", seed, difference)
		}
	}
	if changed < 90 {
		t.Errorf("only %d of 100 projects changed", changed)
	}
}

func TestShrinkKeepsWhatMatters(t *testing.T) {
	t.Parallel()
	project := Project{Main: "main.conf", Files: map[string]string{
		"main.conf":  "a = 1\nb = [1, 2, 3]\nc { d = ${x} }\n",
		"one.conf":   "needle = 1\n",
		"other.conf": "c = 2\n",
	}}
	got := Shrink(project, func(p Project) bool {
		return strings.Contains(p.Files["main.conf"], "${x}") && strings.Contains(p.Files["one.conf"], "needle")
	})
	want := Project{Main: "main.conf", Files: map[string]string{"main.conf": "${x}", "one.conf": "needle"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
}

func TestServicesHasTheSizeItSays(t *testing.T) {
	t.Parallel()
	if size := Services(2000).Bytes(); size < 380_000 || size > 430_000 {
		t.Errorf("2,000 services are %d bytes", size)
	}
}
