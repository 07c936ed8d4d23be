package workload

import "strings"

// maxCompared bounds the work of comparing two texts, in pairs of lines. Beyond
// it all lines between the common beginning and end count as replaced.
const maxCompared = 1 << 20

// gap stands between lines that are not beside each other.
const gap = "  …"

// DiffLines gives the lines in which two texts differ, each with "- " or "+ "
// before it, and a mark where lines that are the same were left out between two
// differences. It shows nothing of what is around.
func DiffLines(before, after string) []string {
	old, now := splitLines(before), splitLines(after)
	start := 0
	for start < len(old) && start < len(now) && old[start] == now[start] {
		start++
	}
	old, now = old[start:], now[start:]
	for len(old) > 0 && len(now) > 0 && old[len(old)-1] == now[len(now)-1] {
		old, now = old[:len(old)-1], now[:len(now)-1]
	}
	if len(old)*len(now) > maxCompared {
		return append(indented("- ", old), indented("+ ", now)...)
	}
	return walkLines(old, now, commonLengths(old, now))
}

// commonLengths gives, for each pair of places, how long the longest common
// sequence of lines behind them is.
func commonLengths(old, now []string) [][]int32 {
	lengths := make([][]int32, len(old)+1)
	for i := range lengths {
		lengths[i] = make([]int32, len(now)+1)
	}
	for i := len(old) - 1; i >= 0; i-- {
		for j := len(now) - 1; j >= 0; j-- {
			if old[i] == now[j] {
				lengths[i][j] = lengths[i+1][j+1] + 1
			} else {
				lengths[i][j] = max(lengths[i+1][j], lengths[i][j+1])
			}
		}
	}
	return lengths
}

func walkLines(old, now []string, lengths [][]int32) []string {
	var lines []string
	i, j, skipped := 0, 0, false
	add := func(line string) {
		if skipped && len(lines) > 0 {
			lines = append(lines, gap)
		}
		skipped = false
		lines = append(lines, line)
	}
	for i < len(old) || j < len(now) {
		switch {
		case i < len(old) && j < len(now) && old[i] == now[j]:
			skipped = true
			i, j = i+1, j+1
		case j == len(now) || i < len(old) && lengths[i+1][j] >= lengths[i][j+1]:
			add("- " + old[i])
			i++
		default:
			add("+ " + now[j])
			j++
		}
	}
	return lines
}

func splitLines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}
