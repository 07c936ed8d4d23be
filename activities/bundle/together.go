package bundle

import "slices"

// Together gives the services that move at the same time, in the order in which
// they do: a wave that is larger than what may move at once is several.
func Together(waves [][]string, atOnce int) [][]string {
	var all [][]string
	for _, wave := range waves {
		size := len(wave)
		if atOnce > 0 {
			size = min(size, atOnce)
		}
		all = slices.AppendSeq(all, slices.Chunk(wave, max(size, 1)))
	}
	return all
}
