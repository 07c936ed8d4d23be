package hocon

import (
	"cmp"
	"slices"
	"strconv"
)

// joiner joins the pieces of a concatenation as far as that can be done before
// their substitutions are resolved.
type joiner struct {
	pieces []node
	text   []byte // what the last piece is joined from, if it is a text of several
}

// add joins a piece to the last one, or puts it behind.
func (j *joiner) add(right node) error {
	last := len(j.pieces) - 1
	if text, ok := right.(*Value); ok {
		if before, ok := j.pieces[last].(*Value); ok {
			j.addText(before, text)
			return nil
		}
	}
	j.end()
	left, right := alike(j.pieces[last], right)
	j.pieces[last] = left
	switch l := left.(type) {
	case *object:
		if r, ok := right.(*object); ok {
			l.merge(r)
			return nil
		}
	case *list:
		if r, ok := right.(*list); ok {
			l.items = append(l.items, r.items...)
			l.open = l.open || r.open
			return nil
		}
	}
	if fixed(left) && fixed(right) {
		return cannotJoin(left.at(), kindOf(left), kindOf(right))
	}
	j.pieces = append(j.pieces, right)
	return nil
}

// addText joins a scalar to the last piece, which is one, too.
func (j *joiner) addText(left, right *Value) {
	if len(j.text) == 0 {
		j.text = append(j.text, left.string()...)
		j.pieces[len(j.pieces)-1] = newScalar(String, "", left.place)
	}
	j.text = append(j.text, right.string()...)
}

// end gives the last piece the text that was gathered for it.
func (j *joiner) end() {
	if len(j.text) == 0 {
		return
	}
	last := len(j.pieces) - 1
	j.pieces[last] = newScalar(String, string(j.text), j.pieces[last].at())
	j.text = j.text[:0]
}

// fixed says whether a piece is known without resolving a substitution, as far
// as its kind goes.
func fixed(n node) bool {
	_, isReference := n.(*reference)
	return !isReference
}

// kindOf is the kind of a piece that isn't a reference.
func kindOf(n node) Kind {
	switch n := n.(type) {
	case *object:
		return Object
	case *list:
		return List
	case *Value:
		return n.kind
	}
	return Unresolved
}

// cannotJoin is the error about pieces that don't go together.
func cannotJoin(at place, left, right Kind) error {
	return at.fail(Type, "cannot join "+article(left)+" with "+article(right),
		"join lists with lists, objects with objects, and texts with texts")
}

// article is a kind with its article.
func article(k Kind) string {
	switch k {
	case Null:
		return "null"
	case Object, Unresolved:
		return "an " + k.String()
	default:
		return "a " + k.String()
	}
}

// alike turns an object with whole numbers as keys into a list if it is to be
// joined with one.
func alike(left, right node) (node, node) {
	switch l := left.(type) {
	case *object:
		if _, ok := right.(*list); ok {
			return l.numbered(), right
		}
	case *list:
		if r, ok := right.(*object); ok {
			return left, r.numbered()
		}
	}
	return left, right
}

// numbered is the list that an object with whole numbers as keys stands for, or
// the object itself if it has no such key.
func (o *object) numbered() node {
	order := listOrder(o.keys)
	if len(order) == 0 {
		return o
	}
	l := &list{place: o.place, open: true}
	for _, i := range order {
		l.items = append(l.items, o.slots[i])
	}
	return l
}

// listOrder is the positions of the keys that are places in a list, in order.
func listOrder(keys []string) []int {
	var order []int
	index := make(map[int]int64)
	for i, key := range keys {
		if n, err := strconv.ParseInt(key, 10, 32); err == nil && n >= 0 {
			order = append(order, i)
			index[i] = n
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(index[a], index[b]) })
	return order
}
