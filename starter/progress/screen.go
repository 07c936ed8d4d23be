package progress

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// Sequences that every terminal since the VT100 understands.
const (
	eraseBelow = "\x1b[J"
	cursorUp   = "\x1b[%dA"
	green      = "\x1b[32m"
	red        = "\x1b[31m"
	dim        = "\x1b[2m"
	reset      = "\x1b[0m"
)

// Screen redraws the latest look in place.
type Screen struct {
	out io.Writer
	// size gives the columns and rows of the terminal, which may change.
	size    func() (columns, rows int)
	colours bool
	drawn   int
}

// NewScreen makes a view on a terminal of the given size.
func NewScreen(out io.Writer, size func() (columns, rows int), colours bool) *Screen {
	return &Screen{out: out, size: size, colours: colours}
}

// Show draws a look over the one before.
func (s *Screen) Show(seen Seen, elapsed time.Duration) {
	columns, rows := s.size()
	lines := []string{s.paint(dim, cut(Elapsed(elapsed), columns))}
	for _, f := range facts(seen) {
		lines = append(lines, s.paint(colourOf(f.tone), cut(f.text, columns)))
		for _, detail := range f.details {
			lines = append(lines, s.paint(dim, cut("      "+detail, columns)))
		}
	}
	// Lines that scroll off the top can't be redrawn; the latest are the ones
	// that change, so they are kept.
	if rows > 2 && len(lines) > rows-1 {
		lines = append(lines[:1], lines[len(lines)-rows+2:]...)
	}
	s.erase()
	s.print("%s\n", strings.Join(lines, "\n"))
	s.drawn = len(lines)
}

// Say writes a message above what will be drawn next.
func (s *Screen) Say(message string) {
	s.erase()
	s.print("%s\n", strings.TrimRight(message, "\n"))
}

// Close leaves what is drawn.
func (s *Screen) Close() { s.drawn = 0 }

func (s *Screen) erase() {
	if s.drawn > 0 {
		s.print(cursorUp+eraseBelow, s.drawn)
	}
	s.drawn = 0
}

// print ignores errors: a terminal that is gone must not end the waiting.
func (s *Screen) print(format string, args ...any) { _, _ = fmt.Fprintf(s.out, format, args...) }

func (s *Screen) paint(colour, text string) string {
	if !s.colours || colour == "" {
		return text
	}
	return colour + text + reset
}

func colourOf(t tone) string {
	switch t {
	case good:
		return green
	case bad:
		return red
	case quiet:
		return dim
	default:
		return ""
	}
}

// cut keeps a line from wrapping, which would put the redrawing out of step.
func cut(text string, columns int) string {
	if columns < 2 || utf8.RuneCountInString(text) < columns {
		return text
	}
	return string([]rune(text)[:columns-2]) + "…"
}
