package hocon

import (
	"slices"
	"strings"
)

// How says how a setting came to bear.
type How string

// The ways. What lies beneath a setting is the next one of the [Explanation].
const (
	Set      How = "set"                 // it replaced what lies beneath
	Merged   How = "merged"              // an object was laid over the object beneath
	Appended How = "appended"            // a list that begins with the one beneath
	KeptOpen How = "kept open"           // it replaced what lies beneath by a value that is not known
	Optional How = "kept open, optional" // what lies beneath counts if the substitution turns out to have no value
)

// Explanation is how a value came to be.
type Explanation struct {
	Path string

	// Settings are all settings of the path, the one that won first. Settings
	// of a path above it that took the whole away are not among them.
	Settings []Setting
}

// Setting is one setting of a path.
type Setting struct {
	// Origin is where the value was written. With a substitution that is where
	// the substituted value was.
	Origin Origin
	How    How

	// Text is the value on one line, cut if it is long; {…} or […] for an
	// object or a list that was hidden before anybody needed it.
	Text string
}

// Explain says where the value at a path was set, and what it replaced or was
// merged with. Values at paths that one of the given functions calls secret are
// not shown, also as members of what is explained.
func (c *Config) Explain(path string, secret ...func(path string) bool) (Explanation, error) {
	v, err := c.Lookup(path)
	if err != nil {
		return Explanation{}, err
	}
	e := Explanation{Path: path}
	for ; v != nil; v = v.over {
		x := excerpt{secret: secret, most: mostExcerpt}
		x.value(path, v)
		e.Settings = append(e.Settings, Setting{Origin: v.Origin(), How: v.how(), Text: x.text()})
	}
	return e, nil
}

// how says how a value relates to what lies beneath it.
func (v *Value) how() How {
	switch {
	case v.mayVanish():
		return Optional
	case v.kind == Unresolved:
		return KeptOpen
	case v.over == nil || v.kind != v.over.kind:
		return Set
	case v.kind == Object && !v.sealed:
		return Merged
	case v.kind == List && v.extends(v.over):
		return Appended
	}
	return Set
}

// extends says whether a list begins with the items of another one. Appending
// keeps the very same values.
func (v *Value) extends(low *Value) bool {
	n := len(low.items)
	return n > 0 && n < len(v.items) && slices.Equal(v.items[:n], low.items)
}

// String is the explanation for people: the value and, line by line, where it
// came from.
//
//	db.pool = 20
//	  set at config/production/cart.conf:3
//	  over 10 at config/cart.conf:7
func (e Explanation) String() string {
	var b strings.Builder
	for i, s := range e.Settings {
		if i == 0 {
			b.WriteString(e.Path + " = " + s.Text + "\n  " + string(s.How) + s.where())
			continue
		}
		b.WriteString("\n  " + relations[e.Settings[i-1].How] + " " + s.Text + s.where())
	}
	return b.String()
}

// relations is how each way is continued by what lies beneath.
var relations = map[How]string{Set: "over", Merged: "with", Appended: "to", KeptOpen: "over", Optional: "or else"}

// where is the setting's place behind its text.
func (s Setting) where() string {
	if s.Origin == (Origin{}) {
		return " by " + shown(s.Origin)
	}
	return " at " + shown(s.Origin)
}

// shown is a place for people. What no text holds came from the environment map.
func shown(o Origin) string {
	if o == (Origin{}) {
		return "the environment"
	}
	return o.String()
}
