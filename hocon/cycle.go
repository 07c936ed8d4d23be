package hocon

import (
	"fmt"
	"slices"
	"strings"
)

// loop is a cycle that was met. It is an error only if none of the
// substitutions that wait for it is optional.
type loop struct {
	chain []node
	at    int // where in the resolver's chain it begins
}

// Error is never shown: a loop is either given up or told as an *Error.
func (*loop) Error() string { return "a cycle" }

// wait notes that a substitution or a concatenation waits for others. If it
// does so already, that is a loop.
func (r *resolver) wait(n node) error {
	if at, ok := r.waiting[n]; ok {
		return &loop{chain: slices.Clone(r.chain[at:]), at: at}
	}
	if len(r.chain) >= mostLinks {
		return n.at().fail(Limit, fmt.Sprintf("more than %d substitutions need one another", mostLinks),
			"refer to the value itself instead of going through others")
	}
	r.waiting[n] = len(r.chain)
	r.chain = append(r.chain, n)
	if r.waits++; r.waits > r.mostWaits {
		return r.tooManySteps(n.at())
	}
	return nil
}

// done ends a wait.
func (r *resolver) done(n node) {
	delete(r.waiting, n)
	r.chain = r.chain[:len(r.chain)-1]
}

// through looks something up for a substitution. A loop that is met there means
// that the substitution has no value.
func (r *resolver) through(ref *reference, look func() error) error {
	if err := r.wait(ref); err != nil {
		return err
	}
	nested := r.nested
	err := look()
	r.done(ref)
	l, ok := err.(*loop) //nolint:errorlint // the resolver returns its own errors unwrapped
	if !ok {
		return err
	}
	if !ref.optional {
		return r.cycle(l)
	}
	r.nested = nested
	r.looped = min(r.looped, l.at)
	return nil
}

// cycle is the error about a loop.
func (r *resolver) cycle(l *loop) *Error {
	var links []*reference
	for _, n := range l.chain {
		if ref, ok := n.(*reference); ok {
			links = append(links, ref)
		}
	}
	var b strings.Builder
	for _, ref := range links {
		fmt.Fprintf(&b, "%s (%s) needs ", ref, ref.place.origin())
	}
	first := links[0]
	b.WriteString("the first again")
	if len(links) == 1 {
		b.Reset()
		fmt.Fprintf(&b, "%s (%s) needs itself", first, first.place.origin())
	}
	e := first.place.fail(Cycle, b.String(), "break the cycle by giving one of them a value of its own")
	e.Path = JoinPath(first.keys...)
	if c, ok := l.chain[0].(*concat); ok {
		if hint := r.twoSteps(c, links[len(links)-1]); hint != "" {
			e.Hint = hint
		}
	}
	return e
}

// String is the substitution as it was written.
func (r *reference) String() string {
	if r.optional {
		return "${?" + r.text + "}"
	}
	return "${" + r.text + "}"
}

// twoSteps is the way out of x = ${base} { u = ${x.n} }: an object's members
// can be referred to only when all that it is joined from is known, and the
// object that refers to them is a part of it.
func (r *resolver) twoSteps(c *concat, inner *reference) string {
	whole := slices.ContainsFunc(c.pieces, func(n node) bool { return kindOf(n) == Object })
	if !whole {
		return ""
	}
	path := r.pathTo(c, inner.keys)
	if path == "" {
		return ""
	}
	base := "…"
	if ref, ok := c.pieces[0].(*reference); ok {
		base = ref.String()
	}
	return fmt.Sprintf("%[1]s is joined from objects, one of which refers to %[1]s: write it in two steps, first %[1]s = %[2]s and on the next line %[1]s { … }", path, base)
}

// pathTo is the part of a path that leads to a concatenation.
func (r *resolver) pathTo(c *concat, keys []string) string {
	o := r.root
	for i, key := range keys {
		var inner *object
		for l := o.find(key); l != nil; l = l.below {
			if l.node == c {
				return JoinPath(keys[:i+1]...)
			}
			if below, ok := l.node.(*object); ok && inner == nil {
				inner = below
			}
		}
		if inner == nil {
			return ""
		}
		o = inner
	}
	return ""
}

// miss notes that a required substitution has no value.
func (r *resolver) miss(ref *reference) {
	path := JoinPath(ref.keys[ref.prefix:]...)
	e := ref.place.fail(Missing, fmt.Sprintf("%s has no value", ref),
		fmt.Sprintf("set %s, or write ${?%s} if it need not be set", path, path))
	e.Path = path
	told := slices.ContainsFunc(r.missing, func(o *Error) bool { return o.Origin == e.Origin && o.Path == e.Path })
	if !told && len(r.missing) < mostMissing {
		r.missing = append(r.missing, e)
	}
}
