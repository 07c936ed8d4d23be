package hocon

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// tokens is a source's tokens as kind:text@line:column.
func tokens(source string) (string, error) {
	name := "t.conf"
	l := newLexer(&name, source, false)
	var all []string
	for {
		t, err := l.next()
		if err != nil {
			return strings.Join(all, " "), err
		}
		if t.kind == endOfFile {
			return strings.Join(all, " "), nil
		}
		text := strings.Trim(names[t.kind], "'")
		if t.kind >= quoted {
			text = map[tokenKind]string{quoted: "q", number: "n", unquoted: "u"}[t.kind] + ":" + t.text
		}
		all = append(all, fmt.Sprintf("%s@%d:%d", text, t.place.line, t.place.column))
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, source, want string }{
		{"nothing", "", ""},
		{"byte order mark", "\uFEFFa", "u:a@1:1"},
		{"member", "a = 1", "u:a@1:1 =@1:3 n:1@1:5"},
		{"append", "a += b", "u:a@1:1 +=@1:3 u:b@1:6"},
		{"brackets", "{[]},:", "{@1:1 [@1:2 ]@1:3 }@1:4 ,@1:5 :@1:6"},
		{"lines are one token", "a\n\n # x\n // y\n b", "u:a@1:1 the end of the line@1:2 u:b@5:2"},
		{"comment at the end", "a # x", "u:a@1:1"},
		{"one slash is text", "a/b//c", "u:a/b@1:1"},
		{"columns count characters", "äöü = \"ß\" x", "u:äöü@1:1 =@1:5 q:ß@1:7 u:x@1:11"},
		{"wide white space", "a\u00A0\u2003b", "u:a@1:1 u:b@1:4"},
		{"number and unit", "10s", "n:10@1:1 u:s@1:3"},
		{"numbers", "-1.5e+3 007 1. -.5 1e400", "n:-1.5e+3@1:1 n:007@1:9 n:1.@1:13 n:-.5@1:16 n:1e400@1:20"},
		{"no numbers", "1.2.3 - 1e 1-2 9223372036854775808", "u:1.2.3@1:1 u:-@1:7 u:1e@1:9 u:1-2@1:12 u:9223372036854775808@1:16"},
		{"smallest number", "-9223372036854775808", "n:-9223372036854775808@1:1"},
		{"escapes", `"\"\\\/\b\f\n\r\té\ud83d\ude00"`, "q:\"\\/\b\f\n\r\té😀@1:1"},
		{"half a character", `"\ud83d!"`, "q:\uFFFD!@1:1"},
		{"triple quotes", "\"\"\"a\"\"b\nc\"\"\"\"\" d", "q:a\"\"b\nc\"\"@1:1 u:d@2:8"},
		{"substitution", "${?a.b}", "${@1:1 u:a.b@1:4 }@1:7"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := tokens(test.source)
			if err != nil || got != test.want {
				t.Errorf("%q\n got %s (%v)\nwant %s", test.source, got, err, test.want)
			}
		})
	}
}

func TestTokensThatAreNone(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, source, want string }{
		{"reserved", "a ? b", "t.conf:1:3: '?' is reserved"},
		{"dollar", "x$y", "t.conf:1:2: '$' is reserved for substitutions"},
		{"plus in no number", "1+2", "t.conf:1:2: '+' is reserved"},
		{"open string", "a = \"b\nc", "t.conf:1:5: a quoted string does not end on its line"},
		{"open string with an escape", `"a\n`, "t.conf:1:1: a quoted string does not end"},
		{"backslash at the end", `"a\`, "t.conf:1:3: a quoted string does not end"},
		{"open triple quotes", `"""a""`, `t.conf:1:1: a string that begins with """ does not end`},
		{"unknown escape", `"a\xb"`, `t.conf:1:3: \x is no escape`},
		{"short escape", `"\u12g4"`, `t.conf:1:2: \u is no escape`},
		{"control character", "\"a\tb\"", "t.conf:1:3: the control character U+0009"},
		{"second control set", "\"a\u0085b\"", "t.conf:1:3: the control character U+0085"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := tokens(test.source)
			var e *Error
			if !errors.As(err, &e) || e.Code != Syntax || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("%q\n got %v\nwant %s", test.source, err, test.want)
			}
		})
	}
}
