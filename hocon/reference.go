package hocon

// spot is a place that a path leads to: layers of a slot, or a value.
type spot struct {
	slot, from *layer
	value      *Value
}

// reference is the value of a substitution; nil if it is optional and has none.
func (r *resolver) reference(ref *reference) (*Value, error) {
	v, ok := r.recallPath(ref.id)
	if !ok {
		err := r.through(ref, func() (err error) {
			v, err = r.lookUp(ref)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if v == nil && !ref.optional {
		r.miss(ref)
	}
	return v, nil
}

// lookUp is the value that a substitution stands for.
func (r *resolver) lookUp(ref *reference) (*Value, error) {
	m := r.mark()
	defer r.settle(m)
	spots, err := r.find(ref)
	if err != nil {
		return nil, err
	}
	if len(spots) == 0 {
		return r.outside(ref), nil
	}
	v, err := r.merge(spots)
	if err == nil && len(spots) > 1 {
		r.keepPath(ref.id, v, m)
	}
	return v, err
}

// merge is the value of all spots of one path, the first on top.
func (r *resolver) merge(spots []spot) (*Value, error) {
	values := make([]*Value, 0, 1)
	for _, s := range spots {
		v := s.value
		if v == nil {
			var err error
			if v, err = r.slot(s.slot, s.from); err != nil {
				return nil, err
			}
		}
		values = append(values, v)
		if v != nil && (v.kind != Object || v.sealed) {
			break
		}
	}
	var v *Value
	for i := len(values) - 1; i >= 0; i-- {
		var err error
		if v, err = r.overlay(values[i], v); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// outside is what a substitution stands for that the document does not set.
func (r *resolver) outside(ref *reference) *Value {
	keys := ref.keys[ref.prefix:]
	if r.keep != nil && r.keep(JoinPath(keys...), ref.optional) {
		return newOpen(ref.place, ref.part())
	}
	if len(keys) == 1 {
		if text, ok := r.env[keys[0]]; ok {
			return newScalar(String, text, place{})
		}
	}
	return nil
}

// find is the places in the document that a substitution leads to: first as
// seen from where its file was included, then from the top.
func (r *resolver) find(ref *reference) ([]spot, error) {
	var spots []spot
	if _, err := r.collect(&spots, r.root, ref.keys); err != nil || len(spots) > 0 || ref.prefix == 0 {
		return spots, err
	}
	_, err := r.collect(&spots, r.root, ref.keys[ref.prefix:])
	return spots, err
}

// collect finds the places that a path leads to in an object. It is true if
// something on the way hides what lies beneath.
func (r *resolver) collect(spots *[]spot, o *object, keys []string) (hidden bool, err error) {
	slot := o.find(keys[0])
	if slot == nil {
		return false, nil
	}
	from := r.visible(slot)
	if from == nil {
		return false, nil
	}
	if len(keys) == 1 {
		*spots = append(*spots, spot{slot: slot, from: from})
		return false, nil
	}
	if v, ok := r.recall(slot, from); ok && v != nil {
		return collectIn(spots, v, keys[1:])
	}
	return r.collectBelow(spots, spot{slot: slot, from: from}, keys[1:])
}

// collectBelow finds the places that the rest of a path leads to from a spot.
func (r *resolver) collectBelow(spots *[]spot, s spot, keys []string) (hidden bool, err error) {
	if s.value != nil {
		return collectIn(spots, s.value, keys)
	}
	for l := s.from; l != nil && !hidden; l = l.below {
		if err := r.spend(l.node.at(), 1); err != nil {
			return false, err
		}
		if hidden, err = r.collectLayer(spots, s.slot, l, keys); err != nil {
			return false, err
		}
	}
	return hidden, nil
}

// collectLayer finds the places that the rest of a path leads to in one layer.
func (r *resolver) collectLayer(spots *[]spot, slot, l *layer, keys []string) (hidden bool, err error) {
	switch n := l.node.(type) {
	case *object:
		return r.collect(spots, n, keys)
	case *reference:
		return r.collectReference(spots, slot, l, n, keys)
	case *concat:
		// What is joined is known only when all of it is.
		v, err := r.layer(slot, l)
		if err != nil || v == nil {
			return false, err
		}
		return collectIn(spots, v, keys)
	}
	return true, nil
}

// collectReference finds the places that the rest of a path leads to in what a
// substitution stands for, without resolving more of that than it must.
func (r *resolver) collectReference(spots *[]spot, slot, l *layer, ref *reference, keys []string) (hidden bool, err error) {
	if r.cuttable(slot, l) {
		r.cut(slot, l.below)
		defer r.uncut()
	}
	err = r.through(ref, func() error {
		targets, err := r.find(ref)
		if err != nil {
			return err
		}
		if len(targets) == 0 {
			targets = r.known(ref)
		}
		for _, s := range targets {
			if hidden {
				break
			}
			if hidden, err = r.collectBelow(spots, s, keys); err != nil {
				return err
			}
		}
		return nil
	})
	return hidden, err
}

// known is the spot of a value from outside the document.
func (r *resolver) known(ref *reference) []spot {
	v := r.outside(ref)
	if v == nil {
		if !ref.optional {
			r.miss(ref)
		}
		return nil
	}
	return []spot{{value: v}}
}

// collectIn finds the place that a path leads to in a value.
func collectIn(spots *[]spot, v *Value, keys []string) (hidden bool, err error) {
	for _, key := range keys {
		switch v.kind {
		case Unresolved:
			return false, openInTheWay(v, key)
		case Object:
		default:
			return true, nil
		}
		hidden = hidden || v.sealed
		if v = v.fields.get(key); v == nil {
			return hidden, nil
		}
	}
	*spots = append(*spots, spot{value: v})
	return hidden, nil
}

// openInTheWay is the error about a path that leads through a value that was
// kept open.
func openInTheWay(v *Value, key string) error {
	return v.place.fail(Open, "what "+key+" is below this cannot be known while it is kept open",
		"give it a value, or don't refer to what is below it")
}
