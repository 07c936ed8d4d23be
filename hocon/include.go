package hocon

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// inclusion is an include as it was written.
type inclusion struct {
	place    place
	name     string
	file     bool // file("name")
	required bool
}

// include reads an include, and the files that it names, into an object.
func (p *parser) include(o *object) error {
	i, err := p.inclusion()
	if err != nil {
		return err
	}
	if err := i.check(p.loader); err != nil {
		return err
	}
	found := false
	for _, dir := range i.directories(*p.file) {
		if found, err = p.includeFrom(o, i, dir); err != nil {
			return err
		}
		if found {
			return nil
		}
	}
	if i.required {
		return i.place.fail(Include, fmt.Sprintf("there is no file %s", i.tried(*p.file)),
			"add it, or mark the include as optional")
	}
	return nil
}

// inclusion reads include "name", include file("name") or either of them within
// required(…).
func (p *parser) inclusion() (inclusion, error) {
	i := inclusion{place: p.token.place}
	if err := p.advance(); err != nil {
		return i, err
	}
	if err := p.skipNewline(); err != nil {
		return i, err
	}
	opening, err := p.words()
	if err != nil {
		return i, err
	}
	if err := i.opened(opening); err != nil {
		return i, err
	}
	if p.token.kind != quoted {
		return i, p.unexpected(`"name", file("name") or required("name") behind include`)
	}
	i.name = p.token.text
	if i.file {
		// As Java does it.
		i.name = strings.TrimRight(i.name, "/")
	}
	if err := p.advance(); err != nil {
		return i, err
	}
	if opening.text == "" {
		return p.marked(i), nil
	}
	closing, err := p.words()
	if err != nil {
		return i, err
	}
	if want := strings.Count(opening.text, "("); closing.text != strings.Repeat(")", want) {
		return i, closing.place.fail(Syntax, fmt.Sprintf("include %s… ends with %q", opening.text, closing.text),
			"close each parenthesis once, and nothing else")
	}
	return p.marked(i), nil
}

// marked is the include with what the options and the comment behind it say.
func (p *parser) marked(i inclusion) inclusion {
	if p.loader.required && !optionalMark(p.token) {
		i.required = true
	}
	return i
}

// words reads unquoted text. White space in it is allowed within parentheses
// only.
func (p *parser) words() (token, error) {
	words := token{place: p.token.place}
	for p.token.kind == unquoted {
		within := words.text == "" || strings.HasSuffix(words.text, "(") || strings.HasPrefix(p.token.text, ")")
		if !within && p.token.spaced(p.before) {
			return words, p.unexpected("a name in quotes")
		}
		words.text += p.token.text
		if err := p.advance(); err != nil {
			return words, err
		}
	}
	return words, nil
}

// optionalMark says whether the comment at the end of the line marks an include
// as optional.
func optionalMark(t token) bool {
	return strings.TrimSpace(strings.TrimLeft(t.comment, "#/")) == "optional"
}

// opened takes apart what stands before the name.
func (i *inclusion) opened(opening token) error {
	inner, required := strings.CutPrefix(opening.text, "required(")
	i.required = required
	switch inner {
	case "":
		return nil
	case "file(":
		i.file = true
		return nil
	case "url(", "classpath(":
		return opening.place.fail(Include, inner+"…) reads from outside the document's files and is not supported",
			"copy what it names into them, and include that by its name")
	}
	return opening.place.fail(Syntax, fmt.Sprintf("include is followed by %q, not by a name in quotes", shorten(opening.text)),
		`write include "name", include file("name") or include required("name"); a key that is called include needs quotes`)
}

// check refuses an include before any file is looked for.
func (i *inclusion) check(l *loader) error {
	switch {
	case l.files == nil:
		return i.place.fail(Include, "this text may not include files", "set Options.Files to where they are")
	case strings.Contains(i.name, "://"):
		return i.place.fail(Include, fmt.Sprintf("%q is a URL, which is not supported", i.name),
			"copy what it names into the files, and include that by its name")
	case path.IsAbs(i.name):
		return i.place.fail(Include, fmt.Sprintf("%q is an absolute path", i.name),
			"name the file relative to the one that includes it")
	case len(l.reading) >= mostNested:
		return i.place.fail(Limit, fmt.Sprintf("more than %d files include one another", mostNested), "include them side by side")
	}
	return nil
}

// directories are where an include is looked for, the first one first.
func (i *inclusion) directories(from string) []string {
	dir := path.Dir(from)
	if i.file && dir != "." {
		return []string{dir, "."}
	}
	return []string{dir}
}

// tried is the names that were looked for.
func (i *inclusion) tried(from string) string {
	var names []string
	for _, dir := range i.directories(from) {
		name := path.Join(dir, i.name)
		if _, known := syntaxOf(name); !known {
			name += ".conf, .json or .properties"
		}
		names = append(names, name)
	}
	return strings.Join(names, " and no ")
}

// includeFrom reads the files that an include means in a directory, and says
// whether there were any.
func (p *parser) includeFrom(o *object, i inclusion, dir string) (bool, error) {
	name := p.loader.resolve(dir, i.name)
	if name == "" {
		return false, i.place.fail(Include, fmt.Sprintf("%q leaves the root of the files", i.name),
			"move the file below the root, or the root up")
	}
	if s, known := syntaxOf(name); known {
		if !i.file {
			// As the reference does it: the language is handed down.
			s = hoconSyntax
		}
		return p.includeFile(o, i, name, s)
	}
	found := false
	for _, e := range extensions {
		one, err := p.includeFile(o, i, name+e.ending, e.syntax)
		if err != nil {
			return false, err
		}
		found = found || one
	}
	return found, nil
}

// includeFile reads one file, and says whether it is there.
func (p *parser) includeFile(o *object, i inclusion, name string, s syntax) (bool, error) {
	l := p.loader
	text, err := l.read(name)
	if err != nil {
		return false, i.locate(err)
	}
	if text == nil {
		return false, nil
	}
	if at := slices.Index(l.reading, name); at >= 0 {
		chain := append(slices.Clone(l.reading[at:]), name)
		return false, i.place.fail(Include, "a file includes itself: "+strings.Join(chain, " includes "), "remove one of these includes")
	}
	if l.includes++; l.includes > l.limits.Includes {
		return false, i.place.fail(Limit, fmt.Sprintf("more than %d files are included", l.limits.Includes), "raise Limits.Includes if this is meant")
	}
	prefix := slices.Concat(p.prefix, p.trail)
	open, err := l.parse(o, name, text, s, prefix, p.depth-len(p.prefix)+p.lists)
	if err != nil {
		return false, err
	}
	if open > 0 && p.lists > 0 {
		return false, i.place.fail(Include, fmt.Sprintf("%s holds substitutions and is included within a list", name),
			"no path leads there, so what they mean cannot be found: move the include out of the list")
	}
	p.open += open
	return true, nil
}

// locate puts an error of the file system at the include.
func (i *inclusion) locate(err error) error {
	var e *Error
	if errors.As(err, &e) {
		e.Origin = i.place.origin()
		e.Hint = "an include reads regular files below the root"
	}
	return err
}
