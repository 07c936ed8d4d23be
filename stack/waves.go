package stack

// Waves returns the names of the services in the order of moving them: each
// wave holds the services whose needs are met by the waves before it, in the
// order of the file. Every service is in exactly one wave of a Stack that was
// parsed; in one put together by hand, services in a cycle or with unknown
// needs are in none.
func (s *Stack) Waves() [][]string {
	var waves [][]string
	moved := map[string]bool{}
	for {
		var wave []string
		for _, service := range s.Services {
			if !moved[service.Name] && allMoved(service.Needs, moved) {
				wave = append(wave, service.Name)
			}
		}
		if len(wave) == 0 {
			return waves
		}
		for _, name := range wave {
			moved[name] = true
		}
		waves = append(waves, wave)
	}
}

func allMoved(names []string, moved map[string]bool) bool {
	for _, name := range names {
		if !moved[name] {
			return false
		}
	}
	return true
}
