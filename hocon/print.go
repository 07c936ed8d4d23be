package hocon

import (
	"io"
	"slices"
)

// spill is how much text a printer gathers before it writes.
const spill = 32 << 10

// indentation is one step to the right.
const indentation = "  "

// printer gathers text. With a writer it hands the text on piece by piece, so
// that a large document doesn't stand in memory twice.
type printer struct {
	out   []byte
	to    io.Writer // nil to gather everything
	err   error     // of the writer
	order []int     // the positions of the members of the objects that are being printed
	keys  []string  // the path to the member that is being printed as HOCON
	level int
}

// printTo prints to a writer, in pieces.
func printTo(w io.Writer, print func(*printer)) error {
	p := printer{to: w, out: make([]byte, 0, spill+spill/4)}
	print(&p)
	p.flush()
	return p.err
}

// offer hands the text on if there is enough of it.
func (p *printer) offer() {
	if len(p.out) >= spill {
		p.flush()
	}
}

func (p *printer) flush() {
	if p.to == nil {
		return
	}
	if p.err == nil && len(p.out) > 0 {
		_, p.err = p.to.Write(p.out)
	}
	p.out = p.out[:0]
}

// sort puts the positions of an object's members, in the order in which they
// are printed, behind those that are there; they begin at the result. Whoever
// calls it cuts them off again.
func (p *printer) sort(f *fields) int {
	mark := len(p.order)
	sorted := true
	for i := range f.len() {
		sorted = sorted && (i == 0 || compareKeys(f.keys[i-1], f.keys[i]) < 0)
		p.order = append(p.order, i)
	}
	if !sorted {
		slices.SortFunc(p.order[mark:], func(a, b int) int { return compareKeys(f.keys[a], f.keys[b]) })
	}
	return mark
}

// line begins a new line.
func (p *printer) line() {
	p.out = append(p.out, '\n')
	p.indent()
}

func (p *printer) indent() {
	for range p.level {
		p.out = append(p.out, indentation...)
	}
}
