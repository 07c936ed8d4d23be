package hocon

import "slices"

// base is the values, from the top down, that a value which was kept open
// builds on: each counts if the one above it turns out to have no value, or is
// what the one above it refers to by its own path.
func (v *Value) base(keys []string) []*Value {
	var base []*Value
	for v.over != nil && (v.mayVanish() || v.refersTo(keys)) {
		v = v.over
		base = append(base, v)
	}
	return base
}

// mayVanish says whether a value has none if its substitutions have none.
func (v *Value) mayVanish() bool {
	return v.kind == Unresolved && !slices.ContainsFunc(v.parts, func(p part) bool { return !p.optional })
}

// refersTo says whether a value that was kept open refers to a path, its own.
func (v *Value) refersTo(keys []string) bool {
	if v.kind != Unresolved {
		return false
	}
	path := JoinPath(keys...)
	return slices.ContainsFunc(v.parts, func(p part) bool { return p.known == nil && p.reference == path })
}

// appendParts appends a value that was kept open as it could be written.
func appendParts(b []byte, parts []part) []byte {
	for i := 0; i < len(parts); i++ {
		if parts[i].known == nil {
			b = appendReference(b, parts[i])
			continue
		}
		end := i + 1
		for end < len(parts) && parts[end].known != nil {
			end++
		}
		b = appendKnown(b, parts[i:end], i > 0 && end < len(parts))
		i = end - 1
	}
	return b
}

// appendReference appends a substitution.
func appendReference(b []byte, p part) []byte {
	b = append(b, "${"...)
	if p.optional {
		b = append(b, '?')
	}
	return append(append(b, p.reference...), '}')
}

// appendKnown appends pieces that are known and stand side by side. White space
// between two substitutions stays without quotes, as it vanishes if they turn
// out to be no texts; anything else is joined to one text, unless it is a single
// number or the like, which is itself if all others turn out to be nothing.
func appendKnown(b []byte, known []part, between bool) []byte {
	first := known[0].known
	if len(known) == 1 && (first.kind != String || first.blank && between) {
		return append(b, first.string()...)
	}
	text := ""
	for _, p := range known {
		text += p.known.string()
	}
	return appendQuoted(b, text)
}

// appendReferences appends only the substitutions of a value that was kept open,
// since errors don't show what stands in files.
func appendReferences(b []byte, parts []part) []byte {
	for _, p := range parts {
		if p.known != nil {
			continue
		}
		if len(b) > 0 {
			b = append(b, " and "...)
		}
		b = appendReference(b, p)
	}
	return b
}
