package stack_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/stack"
)

func TestDurationsAreWrittenShort(t *testing.T) {
	t.Parallel()
	for duration, want := range map[time.Duration]string{
		0:                       "0s",
		90 * time.Second:        "1m30s",
		10 * time.Minute:        "10m",
		20 * time.Second:        "20s",
		100 * time.Minute:       "1h40m",
		24 * time.Hour:          "24h",
		time.Hour + time.Second: "1h0m1s",
		-10 * time.Minute:       "-10m",
		1500 * time.Millisecond: "1.5s",
	} {
		data, err := json.Marshal(stack.Duration(duration))
		if err != nil || string(data) != `"`+want+`"` {
			t.Errorf("%s is written %s, %v, want %s", duration, data, err, want)
		}
		var again stack.Duration
		if err := json.Unmarshal(data, &again); err != nil || time.Duration(again) != duration {
			t.Errorf("%s comes back as %s, %v", data, again, err)
		}
	}
}

func TestADurationNeedsItsUnit(t *testing.T) {
	t.Parallel()
	var duration stack.Duration
	err := duration.UnmarshalText([]byte("10"))
	if want := `parsing duration "10": time: missing unit in duration "10"`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if err := json.Unmarshal([]byte("600"), &duration); err == nil {
		t.Error("took a number")
	}
}
