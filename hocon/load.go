package hocon

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"
)

// loader reads the files of one document, within its limits.
type loader struct {
	files    fs.FS
	limits   Limits
	required bool // plain includes are required, too

	bytes    int      // how many were read
	includes int      // how many files were included
	reading  []string // the files that are being read, each included by the one before
}

func newLoader(o Options) *loader {
	return &loader{files: o.Files, limits: o.Limits.withDefaults(), required: o.RequireIncludes}
}

// syntax is the language of a file.
type syntax uint8

const (
	hoconSyntax syntax = iota
	jsonSyntax
	propertiesSyntax
)

// extensions are the endings that a name may have, in the order in which the
// files of one name lie beneath one another, the lowest first.
var extensions = [...]struct {
	ending string
	syntax syntax
}{{".properties", propertiesSyntax}, {".json", jsonSyntax}, {".conf", hoconSyntax}}

// syntaxOf is the language that a file's name stands for.
func syntaxOf(name string) (s syntax, known bool) {
	for _, e := range extensions {
		if strings.HasSuffix(name, e.ending) {
			return e.syntax, true
		}
	}
	return hoconSyntax, false
}

// parse reads a text into an object. The prefix is where its file is included,
// and depth how many values surround it there. It says how many substitutions
// there are.
func (l *loader) parse(root *object, name string, text []byte, s syntax, prefix []string, depth int) (int, error) {
	if l.bytes += len(text); l.bytes > l.limits.Bytes {
		return 0, l.limits.tooLong(name)
	}
	source := string(text)
	if at := invalidUTF8(source); at >= 0 {
		before := newLexer(&name, source[:at], false)
		return 0, before.placeAt(len(before.source)).fail(Encoding, "the file is not UTF-8", "save it as UTF-8")
	}
	if s != hoconSyntax && len(root.keys) > 0 {
		// In these, each key is there once; what the file is laid over doesn't count.
		apart := &object{place: root.place}
		open, err := l.parseChecked(apart, name, source, s, prefix, depth)
		root.merge(apart)
		return open, err
	}
	return l.parseChecked(root, name, source, s, prefix, depth)
}

// parseChecked is parse for a source that is UTF-8 and not too long.
func (l *loader) parseChecked(root *object, name, source string, s syntax, prefix []string, depth int) (int, error) {
	if s == propertiesSyntax {
		return 0, parseProperties(root, &name, source, l.limits, depth+len(prefix))
	}
	l.reading = append(l.reading, name)
	p := parser{lexer: newLexer(&name, source, s == jsonSyntax), loader: l, prefix: prefix, depth: depth + len(prefix)}
	err := p.document(root)
	l.reading = l.reading[:len(l.reading)-1]
	return p.open, err
}

// invalidUTF8 is the position of the first byte that isn't UTF-8, or -1.
func invalidUTF8(s string) int {
	if utf8.ValidString(s) {
		return -1
	}
	for i, r := range s {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				return i
			}
		}
	}
	return -1
}

// read is the content of a file; nil without an error if there is none of that
// name.
func (l *loader) read(name string) ([]byte, error) {
	f, err := l.files.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &Error{Code: Include, Problem: fmt.Sprintf("cannot read %s: %v", name, cause(err))}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, int64(l.limits.Bytes-l.bytes)+1))
	if err != nil {
		return nil, &Error{Code: Include, Problem: fmt.Sprintf("cannot read %s: %v", name, cause(err))}
	}
	if text == nil {
		text = []byte{}
	}
	return text, nil
}

// cause is the error without the path, which the file system may know by
// another name.
func cause(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// resolve is the name that an include means, seen from a directory. It is empty
// if that lies outside the root.
func (l *loader) resolve(dir, name string) string {
	joined := path.Join(dir, name)
	if !fs.ValidPath(joined) || strings.Contains(name, `\`) {
		return ""
	}
	if name == "" || strings.HasSuffix(name, "/") {
		joined += "/"
	}
	return joined
}
