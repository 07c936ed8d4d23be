package hocon

import "fmt"

// Origin is where a value was written: a file as it was named to the parser or
// by an include, and a line and column that count from one, columns in
// characters. The zero Origin means that no text holds the value: it came from
// the environment map or was made by the program.
type Origin struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// String is file:line, the form that editors turn into a link.
func (o Origin) String() string {
	if o.Line == 0 {
		return o.File
	}
	return fmt.Sprintf("%s:%d", o.File, o.Line)
}

// place is an Origin in half the room, for there are many.
type place struct {
	file         *string
	line, column int32
}

// origin is the place as it is shown to people.
func (p place) origin() Origin {
	if p.file == nil {
		return Origin{}
	}
	return Origin{File: *p.file, Line: int(p.line), Column: int(p.column)}
}

// fail is an error at the place.
func (p place) fail(code Code, problem, hint string) *Error {
	return &Error{Code: code, Origin: p.origin(), Problem: problem, Hint: hint}
}
