package stack

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxLocatedYAML is the size up to which the line of a syntax error is searched
// for by parsing again and again. Beyond it the library's own line has to do,
// which may be that of the mapping around the mistake.
const maxLocatedYAML = 32 << 10

var libraryLine = regexp.MustCompile(`^line (\d+): `)

// readYAML parses every document of a file into nodes. Aliases stay references,
// so the nodes are never larger than the file.
func readYAML(file string, data []byte) ([]*yaml.Node, *Error) {
	documents, err := decodeYAML(data)
	if err == nil {
		return documents, nil
	}
	problem := strings.TrimPrefix(err.Error(), "yaml: ")
	problem = libraryLine.ReplaceAllString(problem, "")
	hint := ""
	if bytes.Contains(data, []byte("{{")) {
		hint = "templates are not rendered: render the file before, or use a kustomization"
	}
	return nil, &Error{File: file, Line: syntaxErrorLine(data, err), Problem: "is not YAML: " + problem, Hint: hint}
}

func decodeYAML(data []byte) ([]*yaml.Node, error) {
	var documents []*yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		document := new(yaml.Node)
		err := decoder.Decode(document)
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		if err != nil {
			return nil, err
		}
		documents = append(documents, document)
	}
}

// syntaxErrorLine returns the line after the longest beginning of the file that
// is YAML. The library names the line where the enclosing mapping starts, one
// too few, or none at all.
func syntaxErrorLine(data []byte, err error) int {
	if len(data) > maxLocatedYAML {
		return libraryErrorLine(err)
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	end := len(data)
	for count := len(lines); count > 1; count-- {
		end -= len(lines[count-1])
		if _, err := decodeYAML(data[:end]); err == nil {
			return count
		}
	}
	return 1
}

func libraryErrorLine(err error) int {
	match := libraryLine.FindStringSubmatch(strings.TrimPrefix(err.Error(), "yaml: "))
	if match == nil {
		return 0
	}
	line, err := strconv.Atoi(match[1])
	if err != nil {
		return 0
	}
	return line
}
