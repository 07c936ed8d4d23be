package process

import "testing"

func TestParseStat(t *testing.T) {
	t.Parallel()
	const rest = " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20"
	for name, test := range map[string]struct {
		stat    string
		state   string
		started uint64
		fails   bool
	}{
		"a plain name":                      {stat: "12 (sleep)" + rest, state: "S", started: 4711},
		"a name with spaces and brackets":   {stat: "12 (a) Z (b)" + rest, state: "S", started: 4711},
		"a line that breaks off":            {stat: "12 (sleep) S 1 2", fails: true},
		"no name":                           {stat: "12 sleep S", fails: true},
		"a start time that is not a number": {stat: "12 (x) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 x 20", fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state, started, err := parseStat([]byte(test.stat))
			if (err != nil) != test.fails {
				t.Fatalf("error %v, want one: %v", err, test.fails)
			}
			if err == nil && (state != test.state || started != test.started) {
				t.Errorf("got %q, %d; want %q, %d", state, started, test.state, test.started)
			}
		})
	}
}
