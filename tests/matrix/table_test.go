package matrix

import (
	"fmt"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/slipway-dev/slipway/workflows/rollout"
)

// table is the matrix: a row for each step, a column for each fault.
type table struct {
	tried []cell
	// all is how many steps there are, tried or not.
	all int

	mu    sync.Mutex
	text  map[string]string
	count map[rollout.Verdict]int
}

func newTable(tried []cell, all int) *table {
	return &table{tried: tried, all: all, text: map[string]string{}, count: map[rollout.Verdict]int{}}
}

// begin notes that a run has begun. It has failed unless its end is noted too.
func (t *table) begin(c cell) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text[c.String()] = "FAILED"
}

// end notes how a run ended, and after how long.
func (t *table) end(c cell, verdict rollout.Verdict, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text[c.String()] = fmt.Sprintf("%s %.1f s", verdict, took.Seconds())
	t.count[verdict]++
}

// String shows it for people.
func (t *table) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "step")
	for _, f := range allFaults {
		fmt.Fprint(w, "\t", f.name)
	}
	rows, last := 0, ""
	for _, c := range t.tried {
		if c.at.String() == last {
			continue
		}
		rows, last = rows+1, c.at.String()
		fmt.Fprint(w, "\n", last)
		for _, f := range allFaults {
			fmt.Fprint(w, "\t", t.text[cell{c.at, f}.String()])
		}
	}
	fmt.Fprintln(w)
	_ = w.Flush()
	ended := t.count[rollout.Released] + t.count[rollout.Restored] + t.count[rollout.NotStarted]
	fmt.Fprintf(&b, "%d of %d steps, %d runs: %d released, %d restored, %d not started, %d failed\n",
		rows, t.all, len(t.tried), t.count[rollout.Released], t.count[rollout.Restored], t.count[rollout.NotStarted], len(t.tried)-ended)
	return b.String()
}
