package hocon

import "fmt"

// What Limits mean when they say nothing, and the limits that nobody needs to
// change.
const (
	defaultBytes    = 32 << 20
	defaultDepth    = 200
	defaultIncludes = 1000
	defaultValues   = 5_000_000

	mostDepth   = 1000    // Depth is cut to this, so that no stack grows without end
	mostNested  = 50      // files that include one another
	mostLinks   = 2000    // substitutions that wait for one another
	mostRounds  = 16      // how often all substitutions may be looked up
	fewWaits    = 100_000 // how often they may in a small document
	mostWork    = 4       // steps that a resolution may take for each of Limits.Values
	mostGrowth  = 8       // how often Limits.Bytes the text of the resolved document may be
	mostMissing = 25      // substitutions without a value that are told at once
)

// withDefaults fills in what is not set.
func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = defaultBytes
	}
	if l.Depth <= 0 {
		l.Depth = defaultDepth
	}
	l.Depth = min(l.Depth, mostDepth)
	if l.Includes <= 0 {
		l.Includes = defaultIncludes
	}
	if l.Values <= 0 {
		l.Values = defaultValues
	}
	return l
}

// tooDeep is the error about values that are nested too deep.
func (l Limits) tooDeep(p place) *Error {
	return p.fail(Limit, fmt.Sprintf("values are nested more than %d deep", l.Depth),
		"raise Limits.Depth if this is meant")
}

// tooLong is the error about files that are too large.
func (l Limits) tooLong(file string) *Error {
	return place{file: &file}.fail(Limit, fmt.Sprintf("the files hold more than %d bytes", l.Bytes),
		"raise Limits.Bytes if this is meant")
}
