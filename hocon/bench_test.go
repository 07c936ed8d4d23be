package hocon_test

import (
	"fmt"
	"io"
	"runtime"
	"testing"
	"testing/fstest"
	"time"

	"github.com/slipway-dev/slipway/hocon"
	"github.com/slipway-dev/slipway/hocon/internal/generate"
	"github.com/slipway-dev/slipway/hocon/internal/reference"
)

// BenchmarkThreeLayers reads, resolves and prints 400 KB: 2,000 services in
// three layers.
func BenchmarkThreeLayers(b *testing.B) { services(b, 2000) }

// BenchmarkGrowth does so with documents of 0.4, 2, 8 and 20 MB. The MB/s must
// stay what they are.
func BenchmarkGrowth(b *testing.B) {
	for _, count := range []int{2_000, 10_000, 40_000, 100_000} {
		b.Run(fmt.Sprintf("%d services", count), func(b *testing.B) { services(b, count) })
	}
}

// BenchmarkStages measures reading, resolving and printing one by one.
func BenchmarkStages(b *testing.B) {
	project := generate.Services(2000)
	files := mapFiles(project)
	document, err := hocon.ParseFile(project.Main, hocon.Options{Files: files})
	if err != nil {
		b.Fatal(err)
	}
	config, err := document.Resolve(hocon.ResolveOptions{})
	if err != nil {
		b.Fatal(err)
	}
	for name, stage := range map[string]func() error{
		"parse": func() error {
			_, err := hocon.ParseFile(project.Main, hocon.Options{Files: files})
			return err
		},
		"resolve": func() error {
			_, err := document.Resolve(hocon.ResolveOptions{})
			return err
		},
		"print": func() error { return config.WriteJSON(io.Discard) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := stage(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkReference has the reference implementation, in a JVM that is warm, do
// what BenchmarkThreeLayers does; the time includes sending it the files and
// reading its answer.
func BenchmarkReference(b *testing.B) {
	runner := reference.Require(b, nil)
	small := generate.Services(100)
	for range 30 { // what a JVM runs often it compiles
		if _, err := runner.Resolve(small.Files, small.Main); err != nil {
			b.Fatal(err)
		}
	}
	for _, count := range []int{200, 500, 1000, 2000} {
		b.Run(fmt.Sprintf("%d services", count), func(b *testing.B) {
			project := generate.Services(count)
			b.SetBytes(int64(project.Bytes()))
			for b.Loop() {
				answer, err := runner.Resolve(project.Files, project.Main)
				if err != nil || answer.Failure != nil {
					b.Fatal(err, answer.Failure)
				}
			}
		})
	}
}

// TestCostIsLinear holds that a service costs as much among 20,000 as among
// 2,000, and that 2,000 cost at most 40 MB. The bound on time leaves room for
// caches and collections; a quadratic cost would take a hundred times as long.
func TestCostIsLinear(t *testing.T) { // not parallel: it measures the process's memory
	measure := func(count int) (bytes uint64, least time.Duration) {
		project := generate.Services(count)
		for range 3 {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			began := processorTime(t)
			if err := printProject(project); err != nil {
				t.Fatal(err)
			}
			took := processorTime(t) - began
			runtime.ReadMemStats(&after)
			bytes = after.TotalAlloc - before.TotalAlloc
			if least == 0 || took < least {
				least = took
			}
		}
		return bytes, least
	}
	bytes, took := measure(2_000)
	moreBytes, longer := measure(20_000)
	t.Logf("2,000 services: %d KB in %s; 20,000: %d KB in %s", bytes>>10, took, moreBytes>>10, longer)
	if bytes > 40<<20 {
		t.Errorf("2,000 services take %d MB", bytes>>20)
	}
	if moreBytes > 13*bytes {
		t.Errorf("ten times the services take %d times the memory", moreBytes/bytes)
	}
	if longer > 40*took {
		t.Errorf("ten times the services take %d times as long", longer/took)
	}
}

func services(b *testing.B, count int) {
	b.Helper()
	project := generate.Services(count)
	b.SetBytes(int64(project.Bytes()))
	b.ReportAllocs()
	for b.Loop() {
		if err := printProject(project); err != nil {
			b.Fatal(err)
		}
	}
}

// printProject reads, resolves and prints a project.
func printProject(project generate.Project) error {
	document, err := hocon.ParseFile(project.Main, hocon.Options{Files: mapFiles(project)})
	if err != nil {
		return err
	}
	config, err := document.Resolve(hocon.ResolveOptions{})
	if err != nil {
		return err
	}
	return config.WriteJSON(io.Discard)
}

func mapFiles(project generate.Project) fstest.MapFS {
	files := fstest.MapFS{}
	for name, text := range project.Files {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}
