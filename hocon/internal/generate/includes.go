package generate

import (
	"encoding/json"
	"fmt"
	"path"
	"strconv"
	"strings"
)

// include writes an include statement, and mostly the file that it names.
func (w *writer) include() {
	if w.one(15) {
		w.put(`include "missing.conf"`)
		return
	}
	name := fmt.Sprintf("f%d", len(w.project.Files))
	directory := path.Join(path.Dir(w.file), w.pick("", "", "sub", ".."))
	if strings.HasPrefix(directory, "..") {
		directory = "."
	}
	base := path.Join(directory, name)
	switch w.random.IntN(8) {
	case 0:
		w.project.Files[base+".json"] = w.json(2)
		w.statement(base, w.pick(".json", ""))
	case 1:
		w.project.Files[base+".properties"] = w.properties()
		w.statement(base, "")
	default:
		w.includedHocon(base + ".conf")
		w.statement(base, w.pick(".conf", ".conf", ""))
		if w.one(6) {
			w.project.Files[base+".json"] = w.json(2)
		}
	}
}

// includedHocon writes a file with a writer of its own, and takes over what it set.
func (w *writer) includedHocon(name string) {
	inner := &writer{random: w.random, shape: w.shape, project: w.project, file: name}
	inner.shape.Fields = max(1, w.shape.Fields*2/3)
	inner.project.Files[name] = "" // counts, and keeps the name
	if w.one(3) {
		inner.set = append(inner.set, w.set...) // refers to what is around it in the end
	}
	inner.document()
	w.project.Files[name] = inner.text.String()
	for _, s := range inner.set {
		w.set = append(w.set, setting{path: append(append([]string(nil), w.at...), s.path...), kind: s.kind})
	}
}

// statement writes the name as the reference finds it: relative to the file, or
// in file() relative to where the process runs, which is the root.
func (w *writer) statement(base, extension string) {
	relative := strconv.Quote(w.relative(base) + extension)
	rooted := strconv.Quote("./" + base + extension) // without a directory the reference finds no siblings of the file
	w.put("include", w.pick(" ", " ", "  ", "\n  ", " "))
	switch w.random.IntN(6) {
	case 0:
		w.put("required(", w.pick("", " "), relative, w.pick("", " "), ")")
	case 1:
		w.put("file(", rooted, ")")
	case 2:
		w.put("required(file(", rooted, "))")
	default:
		w.put(relative)
	}
}

// relative is how a path from the root is written in the writer's file.
func (w *writer) relative(to string) string {
	from := path.Dir(w.file)
	up := ""
	for from != "." && !strings.HasPrefix(to, from+"/") {
		from, up = path.Dir(from), up+"../"
	}
	if from != "." {
		to = strings.TrimPrefix(to, from+"/")
	}
	return up + to
}

func (w *writer) json(depth int) string {
	members := map[string]any{}
	for range 1 + w.random.IntN(3) {
		switch of := w.anyKind(depth); of {
		case object:
			members[w.key(of)] = json.RawMessage(w.json(depth - 1))
		case list:
			members[w.key(of)] = []any{w.random.IntN(9), w.pick("x", "${a}", ""), nil}
		default:
			members[w.key(of)] = w.pick("json", "a.b", "é\n", "1")
		}
	}
	text, err := json.MarshalIndent(members, "", w.pick("", " "))
	if err != nil {
		return "{}" // cannot be: the values above are all of JSON's types
	}
	return string(text)
}

func (w *writer) properties() string {
	var lines strings.Builder
	for range 1 + w.random.IntN(4) {
		lines.WriteString(w.pick("s", "a.s", "b.t", "t", "a.0.s", "b.a.e", "d\\ e", "x.", "a"))
		lines.WriteString(w.pick("=", " = ", ":", " "))
		lines.WriteString(w.pick("1", "text ${a}", "\\u00fc", "two\\\n   lines", "", "a=b", "tab\\tx", "# no comment", "null", "\\ud83d\\ude80", "back\\\\slash"))
		lines.WriteString(w.pick("\n", "\n", "\r\n", "\n# comment\n", "\n! comment\n\n"))
	}
	return lines.String()
}
