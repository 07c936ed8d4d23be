package hocon

// resolver replaces the substitutions of one document. It works from the top
// down and looks up only what a substitution needs, so that an object may refer
// to its own members.
type resolver struct {
	root   *object
	limits Limits
	env    map[string]string
	keep   func(path string, optional bool) bool

	memory
	cuts      []cut
	chain     []node       // the substitutions and concatenations that wait for one another
	waiting   map[node]int // where in the chain each of them is
	nested    int          // how many values are under way, each in the one before
	waits     int          // how often one began to wait
	mostWaits int          // how often one may
	work      int          // how many steps were taken
	written   int          // how many bytes of text were joined
	grown     []*Value     // the items that were joined last, which no others were joined to yet
	tip       *fields      // the members that were merged last, likewise
	missing   Errors
}

func newResolver(d *Document, o ResolveOptions) *resolver {
	return &resolver{
		root: d.root, limits: d.limits, env: o.Env, keep: o.Keep,
		mostWaits: fewWaits + mostRounds*d.references,
		memory:    newMemory(), waiting: make(map[node]int),
	}
}

// resolve is the whole document's value.
func (r *resolver) resolve() (*Value, error) {
	root, err := r.object(r.root)
	if len(r.missing) == 0 {
		return root, err
	}
	if e, ok := err.(*Error); ok { //nolint:errorlint // the resolver returns its own errors unwrapped
		return nil, append(r.missing, e)
	}
	return nil, r.missing
}

// member is the value of a slot as the active cuts let it be seen; nil if it
// has none.
func (r *resolver) member(slot *layer) (*Value, error) {
	if v, ok := slot.node.(*Value); ok && slot.below == nil {
		return v, nil
	}
	from := r.visible(slot)
	if from == nil {
		return nil, nil
	}
	return r.slot(slot, from)
}

// slot is the value of a slot from one of its layers down.
func (r *resolver) slot(slot, from *layer) (*Value, error) {
	if v, ok := r.recall(slot, from); ok {
		return v, nil
	}
	m := r.mark()
	defer r.settle(m)
	if slot.below != nil {
		return r.layers(slot, from, m)
	}
	v, err := r.layer(slot, from)
	if err == nil {
		r.keepSlot(slot, from, v, m)
	}
	return v, err
}

// value is the value of a node by itself.
func (r *resolver) value(n node) (*Value, error) {
	switch n := n.(type) {
	case *Value:
		return n, nil
	case *object:
		return r.object(n)
	case *list:
		return r.list(n)
	case *reference:
		return r.reference(n)
	case *concat:
		return r.concat(n)
	}
	return nil, nil
}
