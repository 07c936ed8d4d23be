package generate

import (
	"maps"
	"slices"
	"strings"
)

// Shrink takes as much out of a project as it can while differs stays true, and
// asks it at most a few thousand times: files first, then lines, then characters.
func Shrink(project Project, differs func(Project) bool) Project {
	s := &shrinker{differs: differs, left: 5000}
	for before := -1; before != project.Bytes() && s.left > 0; {
		before = project.Bytes()
		project = s.files(project)
		for _, name := range slices.Sorted(maps.Keys(project.Files)) {
			project = s.pieces(project, name, "\n")
			project = s.pieces(project, name, "")
		}
	}
	return project
}

type shrinker struct {
	differs func(Project) bool
	left    int
}

func (s *shrinker) still(project Project) bool {
	if s.left == 0 {
		return false
	}
	s.left--
	return s.differs(project)
}

func (s *shrinker) files(project Project) Project {
	for _, name := range slices.Sorted(maps.Keys(project.Files)) {
		if name == project.Main {
			continue
		}
		if less := project.without(name); s.still(less) {
			project = less
		}
	}
	return project
}

// pieces splits a file and leaves out runs of pieces, first long ones, then
// ever shorter ones.
func (s *shrinker) pieces(project Project, name, separator string) Project {
	pieces := strings.Split(project.Files[name], separator)
	for length := max(1, len(pieces)/2); length >= 1; length /= 2 {
		for at := 0; at+length <= len(pieces); {
			less := slices.Concat(pieces[:at], pieces[at+length:])
			if smaller := project.with(name, strings.Join(less, separator)); s.still(smaller) {
				project, pieces = smaller, less
			} else {
				at += max(1, length/2)
			}
		}
	}
	return project
}
