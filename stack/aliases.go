package stack

import (
	"bytes"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// maxExpanded is how many nodes the aliases of a file may stand for beyond the
// nodes that it has. Kustomize copies them out at some 400 bytes each, and ten
// lines can stand for more than there is memory.
const maxExpanded = 100_000

// expansionCap ends the counting long before the count would overflow.
const expansionCap = 1 << 40

// textExpandsTooFar tells whether the aliases of a YAML file stand for more than
// is allowed. What is no YAML does not.
func textExpandsTooFar(data []byte) bool {
	if !bytes.ContainsRune(data, '*') || !bytes.ContainsRune(data, '&') {
		return false
	}
	documents, err := decodeYAML(data)
	return err == nil && expandTooFar(documents)
}

// expandTooFar tells whether the aliases of documents stand for more than is
// allowed. One that stands for itself does: following it would never end.
func expandTooFar(documents []*yaml.Node) bool {
	sizes := map[*yaml.Node]int{}
	total := 0
	for _, document := range documents {
		total += expanded(document, sizes)
	}
	return total-len(sizes) > maxExpanded
}

func tooFar(file string) Error {
	return Error{
		File: file, Hint: "write the values out",
		Problem: fmt.Sprintf("holds aliases that stand for more than %d values", maxExpanded),
	}
}

// expanded counts the nodes below a node with its aliases written out. An alias
// inside of what it stands for has no end and counts as the most there is.
func expanded(node *yaml.Node, sizes map[*yaml.Node]int) int {
	node = resolve(node)
	if size, known := sizes[node]; known {
		return size
	}
	sizes[node] = expansionCap
	size := 1
	for _, child := range node.Content {
		size = min(size+expanded(child, sizes), expansionCap)
	}
	sizes[node] = size
	return size
}
