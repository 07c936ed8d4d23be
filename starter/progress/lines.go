package progress

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Lines writes one line for each change, for logs and CI. What has been said
// is not said again.
type Lines struct {
	out  io.Writer
	said map[string]fact
}

// NewLines makes a view that writes to out.
func NewLines(out io.Writer) *Lines { return &Lines{out: out, said: map[string]fact{}} }

// Show writes what has changed since the look before.
func (l *Lines) Show(seen Seen, elapsed time.Duration) {
	current := map[string]bool{}
	for _, f := range facts(seen) {
		current[f.key] = true
		last, known := l.said[f.key]
		if f.tone == quiet || known && last.text == f.text && slices.Equal(last.details, f.details) {
			continue
		}
		l.said[f.key] = f
		l.print("%8s  %s\n", Elapsed(elapsed), f.text)
		for _, detail := range f.details {
			l.print("%10s    %s\n", "", detail)
		}
	}
	// A notice that is over may be given again later.
	if !current["notice"] {
		delete(l.said, "notice")
	}
}

// Say writes a message.
func (l *Lines) Say(message string) { l.print("%s\n", strings.TrimRight(message, "\n")) }

// print ignores errors: a log that is full must not end the waiting.
func (l *Lines) print(format string, args ...any) { _, _ = fmt.Fprintf(l.out, format, args...) }

// Close has nothing to do: each line is complete.
func (l *Lines) Close() {}
