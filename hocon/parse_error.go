package hocon

import "fmt"

// names are the tokens as errors give them.
var names = [...]string{
	endOfFile: "the end of the file", newline: "the end of the line", comma: "','", colon: "':'", equals: "'='",
	plusEquals: "'+='", openBrace: "'{'", closeBrace: "'}'", openBracket: "'['", closeBracket: "']'",
	openSubstitution: "'${'", quoted: "a quoted text", number: "a number", unquoted: "the text",
}

// hints are the usual mistakes behind tokens that don't belong where they are.
var hints = [...]string{
	colon:      "a text with ':' in it needs quotes",
	equals:     "a text with '=' in it needs quotes, and each key a line of its own or a comma before it",
	closeBrace: "is there one '}' too many, or a '{' missing?",
	comma:      "two commas in a row are not allowed, nor one at the beginning",
	unquoted:   "",
}

// unexpected is the error about the next token.
func (p *parser) unexpected(expected string) error {
	t := p.token
	found := names[t.kind]
	if t.kind >= quoted {
		found += " " + fmt.Sprintf("%q", shorten(t.text))
	}
	e := t.place.fail(Syntax, "found "+found+", expected "+expected, "")
	if !p.json {
		e.Hint = hints[t.kind]
	}
	return e
}

// shorten cuts a text for an error.
func shorten(s string) string {
	const most = 40
	for i := range s {
		if i >= most {
			return s[:i] + "…"
		}
	}
	return s
}
