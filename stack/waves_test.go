package stack_test

import (
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/stack"
)

func TestWaves(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, services, want string
	}{
		{"services without needs move together, in the order of the file", "c b a", "c b a"},
		{"a chain moves one by one", "front:cart cart:store store", "store | cart | front"},
		{"a service waits for the last of its needs", "front:cart,store cart:store store mail", "store mail | cart | front"},
		{"two services with the same needs move together", "b:d a:d d c:a,b", "d | b a | c"},
		{"of a cycle nothing moves, and nothing that needs it", "a:b b:a c:a d", "d"},
		{"what needs an unknown service does not move", "a:z b", "b"},
		{"no services make no waves", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var s stack.Stack
			for _, text := range strings.Fields(test.services) {
				name, needs, _ := strings.Cut(text, ":")
				s.Services = append(s.Services, stack.Service{Name: name, Needs: strings.FieldsFunc(needs, func(r rune) bool { return r == ',' })})
			}
			var waves []string
			for _, wave := range s.Waves() {
				waves = append(waves, strings.Join(wave, " "))
			}
			if got := strings.Join(waves, " | "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
