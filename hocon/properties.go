package hocon

import (
	"slices"
	"strings"
)

// parseProperties reads a file in the format of Java's properties. Keys are
// taken apart at each dot, values are strings, and a key that has others below
// it loses its own value. The root is empty.
func parseProperties(root *object, file *string, source string, l Limits, depth int) error {
	r := propertiesReader{lexer: newLexer(file, source, false)}
	var entries []property
	for r.next() {
		entries = append(entries, r.property)
	}
	if r.err != nil {
		return r.err
	}
	// The longest paths come first, so that a value never hides an object.
	slices.SortStableFunc(entries, func(a, b property) int { return strings.Count(b.key, ".") - strings.Count(a.key, ".") })
	for _, e := range entries {
		keys := strings.Split(e.key, ".")
		if depth+len(keys) > l.Depth {
			return l.tooDeep(e.value.place)
		}
		root.putProperty(keys, e.value)
	}
	return nil
}

// putProperty sets a value that stands in a properties file.
func (o *object) putProperty(keys []string, v *Value) {
	for ; len(keys) > 1; keys = keys[1:] {
		o = o.inner(keys[0], v.place)
	}
	if slot := o.find(keys[0]); slot != nil {
		if _, isObject := slot.node.(*object); isObject {
			return
		}
	}
	o.push(keys[0], v)
}

// property is a line of a properties file.
type property struct {
	key   string
	value *Value
}

// propertiesReader reads a properties file line by line.
type propertiesReader struct {
	*lexer
	property property
	err      error
}

// next reads the next property.
func (r *propertiesReader) next() bool {
	for r.pos < len(r.source) {
		start := r.pos
		line, ok := r.logicalLine()
		if !ok {
			r.placeAt(r.pos)
			continue
		}
		trimmed := strings.TrimLeft(line, " \t\f")
		at := r.placeAt(start + len(line) - len(trimmed))
		r.placeAt(r.pos)
		key, value := splitProperty(trimmed)
		r.property = property{r.unescape(at, key), newScalar(String, r.unescape(at, value), at)}
		return r.err == nil
	}
	return false
}

// logicalLine reads a line, and those that it goes on in. It is false for an
// empty line or a comment.
func (r *propertiesReader) logicalLine() (string, bool) {
	line := r.rawLine()
	if first := strings.TrimLeft(line, " \t\f"); first == "" || first[0] == '#' || first[0] == '!' {
		return "", false
	}
	for continued(line) && r.pos < len(r.source) {
		line = line[:len(line)-1] + strings.TrimLeft(r.rawLine(), " \t\f")
	}
	if continued(line) {
		line = line[:len(line)-1]
	}
	return line, true
}

// continued says whether a line ends with a backslash that isn't escaped.
func continued(line string) bool {
	return (len(line)-len(strings.TrimRight(line, `\`)))%2 == 1
}

// rawLine reads a line and its end, which is \n, \r or both.
func (r *propertiesReader) rawLine() string {
	rest := r.source[r.pos:]
	end := strings.IndexAny(rest, "\r\n")
	if end < 0 {
		r.pos = len(r.source)
		return rest
	}
	r.pos += end + 1
	if rest[end] == '\r' && end+1 < len(rest) && rest[end+1] == '\n' {
		r.pos++
	}
	return rest[:end]
}

// splitProperty parts a line at the first =, : or white space.
func splitProperty(line string) (key, value string) {
	end := 0
	for end < len(line) && !strings.ContainsRune("=: \t\f", rune(line[end])) {
		if line[end] == '\\' {
			end++
		}
		end++
	}
	end = min(end, len(line))
	value = strings.TrimLeft(line[end:], " \t\f")
	if value != "" && (value[0] == '=' || value[0] == ':') {
		value = strings.TrimLeft(value[1:], " \t\f")
	}
	return line[:end], value
}

// unescape replaces the escapes of properties files. What follows a backslash
// otherwise stands for itself.
func (r *propertiesReader) unescape(at place, s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch c := s[i]; c {
		case 'n', 't', 'r', 'f':
			b.WriteRune(escapes[c])
		case 'u':
			char, n := unicodeEscapes(s[i-1:])
			if n == 0 {
				r.err = at.fail(Syntax, `\u is not followed by four hexadecimal digits`, `write \\ for a backslash`)
				return ""
			}
			b.WriteRune(char)
			i += n - 2
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
