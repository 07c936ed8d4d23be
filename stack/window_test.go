package stack_test

import (
	"strings"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/stack"
)

func moment(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestFrozenAt(t *testing.T) {
	t.Parallel()
	weekend := stack.Window{Name: "weekend", Begins: "0 18 * * FRI", Lasts: stack.Duration(60 * time.Hour), Zone: "Europe/Berlin"}
	night := stack.Window{Name: "night", Begins: "0 22 * * *", Lasts: stack.Duration(8 * time.Hour)}
	hourly := stack.Window{Name: "hourly", Begins: "0 * * * *", Lasts: stack.Duration(90 * time.Minute)}
	never := stack.Window{Name: "never", Begins: "0 0 30 2 *", Lasts: stack.Duration(time.Hour)}
	tests := []struct {
		name    string
		windows []stack.Window
		at      string
		window  string
		until   string
		next    string
	}{
		{name: "no windows never change", at: "2026-11-25T12:00:00Z"},
		{name: "before", windows: []stack.Window{night}, at: "2026-11-25T21:59:59Z", next: "2026-11-25T22:00:00Z"},
		{
			name: "the first moment is in it", windows: []stack.Window{night}, at: "2026-11-25T22:00:00Z",
			window: "night", until: "2026-11-26T06:00:00Z", next: "2026-11-26T06:00:00Z",
		},
		{
			name: "past midnight", windows: []stack.Window{night}, at: "2026-11-26T05:59:59Z",
			window: "night", until: "2026-11-26T06:00:00Z", next: "2026-11-26T06:00:00Z",
		},
		{name: "the last moment is out of it", windows: []stack.Window{night}, at: "2026-11-26T06:00:00Z", next: "2026-11-26T22:00:00Z"},
		{
			name: "winter in Berlin", windows: []stack.Window{weekend}, at: "2026-11-27T17:00:00Z",
			window: "weekend", until: "2026-11-30T05:00:00Z", next: "2026-11-30T05:00:00Z",
		},
		{name: "summer in Berlin begins an hour earlier", windows: []stack.Window{weekend}, at: "2026-07-03T15:59:59Z", next: "2026-07-03T16:00:00Z"},
		{
			// The clocks go back in the night to Sunday: 60 hours are 60 hours.
			name: "over the end of summer time", windows: []stack.Window{weekend}, at: "2026-10-25T12:00:00Z",
			window: "weekend", until: "2026-10-26T04:00:00Z", next: "2026-10-26T04:00:00Z",
		},
		{
			name:    "of several the one that ends last counts, and the first change is looked at again",
			windows: []stack.Window{weekend, night}, at: "2026-11-27T23:00:00Z",
			window: "weekend", until: "2026-11-30T05:00:00Z", next: "2026-11-28T06:00:00Z",
		},
		{
			name: "one that begins again before it has ended goes on", windows: []stack.Window{hourly}, at: "2026-11-25T12:15:00Z",
			window: "hourly", until: "2026-11-25T13:30:00Z", next: "2026-11-25T13:00:00Z",
		},
		{name: "a day that never comes", windows: []stack.Window{never}, at: "2026-11-25T12:00:00Z"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := stack.FrozenAt(test.windows, moment(t, test.at))
			if err != nil {
				t.Fatal(err)
			}
			if got.Window.Name != test.window || got.Holds() != (test.window != "") {
				t.Errorf("holds %q, want %q", got.Window.Name, test.window)
			}
			for what, pair := range map[string]struct {
				got  time.Time
				want string
			}{"until": {got.Until, test.until}, "next": {got.Next, test.next}} {
				text := ""
				if !pair.got.IsZero() {
					text = pair.got.Format(time.RFC3339)
				}
				if text != pair.want {
					t.Errorf("%s = %q, want %q", what, text, pair.want)
				}
			}
		})
	}
}

func TestFrozenAtNamesTheWindowThatCannotBeRead(t *testing.T) {
	t.Parallel()
	_, err := stack.FrozenAt([]stack.Window{{Name: "odd", Begins: "CRON_TZ=UTC 0 0 * * *"}}, moment(t, "2026-11-25T12:00:00Z"))
	if err == nil || !strings.Contains(err.Error(), `"odd"`) {
		t.Errorf("error = %v", err)
	}
}
