package config

import (
	"io/fs"
)

// Place is what has config: a service in an environment, and in one cluster of
// it unless Cluster is empty.
type Place struct {
	Service     string
	Environment string
	Cluster     string
}

// Tree is the config in the files of one commit. It reads each file once,
// however many services include it. It is not safe for concurrent use.
type Tree struct {
	files   *files
	layers  []string
	schemas map[string]*schema

	// secretPaths are the paths that were looked at, with what NamesSecret says.
	secretPaths map[string]bool
}

// Open reads config from a file system, in which no link may lead outside; that
// of an os.Root is such. No layers mean DefaultLayers.
func Open(files fs.FS, layers []string) *Tree {
	if len(layers) == 0 {
		layers = DefaultLayers()
	}
	return &Tree{files: newFiles(files), layers: layers, schemas: map[string]*schema{}, secretPaths: map[string]bool{}}
}

// Layer finds the file that holds the config of a place: the last of its layers
// that exists. Layers of clusters count only for a place with a cluster.
func (t *Tree) Layer(place Place) (file string, exists bool) {
	for _, layer := range t.layers {
		name, ok := place.in(layer)
		if ok && t.files.exists(name) {
			file, exists = name, true
		}
	}
	return file, exists
}

// Candidates are the files in which the config of a place may be, the most
// general first, whether they exist or not.
func (t *Tree) Candidates(place Place) []string {
	var names []string
	for _, layer := range t.layers {
		if name, ok := place.in(layer); ok {
			names = append(names, name)
		}
	}
	return names
}

// Files are the files that have been read so far, sorted: layers, what they
// include, and schemas.
func (t *Tree) Files() []string { return t.files.names() }
