// Package generate makes HOCON documents for tests and benchmarks: random ones
// that lean on what implementations disagree about, and large ones of the shape
// that deployments have. The same seed gives the same document for good.
package generate

import (
	"maps"
	"math/rand/v2"
)

// Project is a document of one or more files, of which Main is read first.
type Project struct {
	Files map[string]string
	Main  string
}

// Bytes is what all files together hold.
func (p Project) Bytes() int {
	sum := 0
	for _, text := range p.Files {
		sum += len(text)
	}
	return sum
}

// with gives the project with one file's text replaced.
func (p Project) with(name, text string) Project {
	files := maps.Clone(p.Files)
	files[name] = text
	return Project{Files: files, Main: p.Main}
}

// without gives the project without one of its files.
func (p Project) without(name string) Project {
	files := maps.Clone(p.Files)
	delete(files, name)
	return Project{Files: files, Main: p.Main}
}

// Shape bounds a random project.
type Shape struct {
	Fields int // of an object, at most
	Depth  int // of nested objects and lists
	Files  int // that are included
}

// Environment is what the substitutions of random projects may fall back to.
func Environment() map[string]string {
	return map[string]string{"HOST": "h1.example", "EMPTY": "", "7": "seven"}
}

// Random gives a project for a seed. Most can be resolved, some cannot: their
// references are missing, run in a circle or join what does not fit. Keys come
// from a small alphabet, so that they meet again and again.
func Random(seed uint64, shape Shape) Project {
	project := Project{Files: map[string]string{}, Main: "main.conf"}
	w := &writer{
		random:  rand.New(rand.NewPCG(seed, 0)), //nolint:gosec // must be repeatable, guards nothing
		shape:   shape,
		project: project,
		file:    project.Main,
	}
	w.document()
	project.Files[project.Main] = w.text.String()
	return project
}
