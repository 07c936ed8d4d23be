// Package hocon reads HOCON, the configuration language of Lightbend's config
// library: a superset of JSON in which files include one another and objects
// inherit from one another by substitution. It follows the specification
// (HOCON.md of lightbend/config) and, where the two differ, the library.
//
// A text is parsed into a [Document], in which substitutions are still open.
// Resolving a Document gives a [Config], whose values are read by path, decoded
// into structs, explained by where they were set, and printed.
//
// It reads no file but those below the file system it is given, no environment
// but the map it is given, no network and no class path: url() and classpath()
// are refused. The same input gives the same result.
package hocon

import "io/fs"

// Options bound what reading a document may touch and cost. The zero value
// reads no other files and takes the default limits.
type Options struct {
	// Files is where includes are read from; their names are slash-separated
	// and rooted in it. Nil means that an include is an error. An os.Root's FS
	// confines links, too.
	Files fs.FS

	// RequireIncludes makes a missing include an error even without required().
	// An include that ends with the comment "optional" on its own line stays
	// optional:
	//
	//	include "local.conf" # optional
	RequireIncludes bool

	Limits Limits
}

// Limits bound what a document may cost. A zero field means its default.
type Limits struct {
	// Bytes is what all files together may hold; default 32 MiB.
	Bytes int

	// Depth is how deep values may be nested, in a file and after substitution;
	// default 200.
	Depth int

	// Includes is how many files may be read, one that is read twice counted
	// twice; default 1,000. They may be nested 50 deep.
	Includes int

	// Values is how many values the resolved document may have; default
	// 5,000,000. It stops documents that grow with each substitution.
	Values int
}

// ResolveOptions say what stands behind the document's own values.
type ResolveOptions struct {
	// Env is what a substitution falls back to when the document doesn't set
	// its path. The process's own environment is never read.
	Env map[string]string

	// Keep is asked for each substitution that the document doesn't set itself,
	// before Env. Those that it takes stay open in the result, and only HOCON
	// can print them. Nil keeps none.
	Keep func(path string, optional bool) bool
}
