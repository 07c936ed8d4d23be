package kubernetes_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/activities/workload"
)

// BenchmarkThousandServices goes through the steps of a release of a thousand
// services, each with a ConfigMap, a Service and a Deployment. Seven hundred have
// a pod: the simulated nodes take no more than seven hundred and fifty.
func BenchmarkThousandServices(b *testing.B) {
	for b.Loop() {
		s := newSite(b)
		scope := s.scope(1, s.thousand("aa")...)
		s.stage(b, "first-record", func() { s.record(scope, s.base) })
		s.stage(b, "first-check", func() { s.check(scope) })
		s.stage(b, "first-apply", func() { s.apply(scope) })
		s.stage(b, "watch", func() {
			if result := s.watch(scope, 5*time.Minute); result.Verdict != workload.Healthy {
				b.Fatalf("verdict %s", result.Verdict)
			}
		})
		s.base = scope
		s.stage(b, "record", func() { s.record(scope, s.base) })
		s.stage(b, "check", func() { s.check(scope) })
		s.stage(b, "apply", func() { s.apply(scope) })
		s.stage(b, "compare", func() { s.compare(scope) })
		s.stage(b, "prune", func() { s.prune(scope, s.base) })
		next := s.scope(2, s.thousand("bb")...)
		record := s.record(next, s.base)
		s.stage(b, "next-apply", func() { s.apply(next) })
		s.stage(b, "restore", func() { s.restore(next, record) })
	}
	b.ReportMetric(0, "ns/op")
}

// thousand makes the services with one revision of their config.
func (s *site) thousand(hash string) []workload.Service {
	s.Helper()
	var services []workload.Service
	for i := range 1000 {
		name, pods := fmt.Sprintf("s%04d", i), "replicas: 1"
		if i >= 700 {
			pods = "replicas: 0"
		}
		services = append(services, s.service(name,
			config(name, hash, strings.Repeat("setting = value\n", 100)),
			"apiVersion: v1\nkind: Service\nmetadata: {name: "+name+"}\nspec: {selector: {app: "+name+"}, ports: [{port: 80}]}\n",
			strings.Replace(configured(name, hash), "replicas: 1", pods, 1),
		))
	}
	return services
}

// stage measures one step: its time, its requests and the memory it took at most.
func (s *site) stage(b *testing.B, name string, step func()) {
	b.Helper()
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	requests := s.requests()
	stop, highest := make(chan struct{}), make(chan uint64)
	go func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		peak := uint64(0)
		for {
			select {
			case <-tick.C:
				runtime.ReadMemStats(&now)
				peak = max(peak, now.HeapInuse)
			case <-stop:
				highest <- peak
				return
			}
		}
	}()
	began := time.Now()
	step()
	took := time.Since(began)
	close(stop)
	peak := <-highest
	b.ReportMetric(took.Seconds(), name+"-s")
	b.ReportMetric(float64(s.requests()-requests), name+"-requests")
	b.ReportMetric(float64(max(peak, before.HeapInuse)-before.HeapInuse)/(1<<20), name+"-MiB")
}
