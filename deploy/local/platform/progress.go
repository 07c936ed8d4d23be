package platform

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// progress writes one line per event, with the time since the start.
type progress struct {
	mu    sync.Mutex
	out   io.Writer
	begin time.Time
}

func newProgress(out io.Writer) *progress {
	return &progress{out: out, begin: time.Now()}
}

// done says that something is so, and after how long.
func (p *progress) done(what string) {
	p.line(fmt.Sprintf("%s after %s", what, seconds(time.Since(p.begin))))
}

func (p *progress) line(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, _ = fmt.Fprintln(p.out, text)
}

func seconds(duration time.Duration) string {
	return fmt.Sprintf("%.1fs", duration.Seconds())
}
