package generate

import (
	"maps"
	"math/rand/v2"
	"slices"
)

// fragments are what mutations insert: every character with a meaning, and the
// beginnings of longer forms.
var fragments = []string{
	"{", "}", "[", "]", ",", ":", "=", "+", "+=", "$", "${", "${?", "?", "\"", `"""`, "\\", "#", "//", "/", "\n", "\r", " ", ".", "..",
	"!", "@", "*", "&", "^", "`", "(", ")", "include ", "include(", "required(", "file(", "null", "true", "-", "0", "1.", "1e", "\u00a0", "\ufeff", "\t", `\u12`, "é", "🚀", "x",
}

// Mutate breaks a project's text in one to three places: a few characters are
// taken out, doubled or put in. Many results are not HOCON any more; some are,
// and mean something else.
func Mutate(project Project, seed uint64) Project {
	random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // must be repeatable, guards nothing
	names := slices.Sorted(maps.Keys(project.Files))
	name := project.Main
	if random.IntN(3) == 0 {
		name = names[random.IntN(len(names))]
	}
	text := []rune(project.Files[name])
	for range 1 + random.IntN(3) {
		at := random.IntN(len(text) + 1)
		end := min(len(text), at+1+random.IntN(3))
		switch random.IntN(4) {
		case 0:
			text = slices.Delete(text, at, end)
		case 1:
			text = slices.Insert(text, at, slices.Clone(text[at:end])...)
		default:
			text = slices.Insert(text, at, []rune(fragments[random.IntN(len(fragments))])...)
		}
	}
	return project.with(name, string(text))
}
