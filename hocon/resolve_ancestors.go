package hocon

// ancestor is a slot that another one is part of, and the slots that it is part
// of itself.
type ancestor struct {
	slot *layer
	up   *ancestor
}

// ancestors finds out which slots those with several layers are part of.
func ancestors(root *object) map[*layer]*ancestor {
	up := make(map[*layer]*ancestor)
	noteAncestors(up, root, nil)
	return up
}

// noteAncestors notes them for the slots in a node.
func noteAncestors(up map[*layer]*ancestor, n node, over *ancestor) {
	switch n := n.(type) {
	case *object:
		for i := range n.slots {
			noteSlot(up, &n.slots[i], over)
		}
	case *list:
		if !n.open {
			return
		}
		for i := range n.items {
			noteSlot(up, &n.items[i], over)
		}
	case *concat:
		for _, piece := range n.pieces {
			noteAncestors(up, piece, over)
		}
	}
}

// noteSlot notes them for a slot and those in it.
func noteSlot(up map[*layer]*ancestor, slot *layer, over *ancestor) {
	if slot.below != nil {
		up[slot] = over
	}
	var here *ancestor
	for l := slot; l != nil; l = l.below {
		switch l.node.(type) {
		case *object, *list, *concat:
			if here == nil {
				here = &ancestor{slot: slot, up: over}
			}
			noteAncestors(up, l.node, here)
		}
	}
}
