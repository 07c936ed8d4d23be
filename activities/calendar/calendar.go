// Package calendar tells what time zones make of a moment, which workflow code
// must not: two workers may know different rules.
package calendar

import (
	"context"
	"time"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/stack"
)

// Activities look into the calendar.
type Activities struct{}

// LookUpFreezeInput names windows and the moment to look at.
type LookUpFreezeInput struct {
	Windows []stack.Window `json:"windows"`
	At      time.Time      `json:"at"`
}

// LookUpFreeze tells which window holds, and until when the answer is right.
// InvalidInput for a window that cannot be read.
func (a *Activities) LookUpFreeze(_ context.Context, in LookUpFreezeInput) (stack.Frozen, error) {
	frozen, err := stack.FrozenAt(in.Windows, in.At)
	return frozen, fault.With(fault.InvalidInput, err)
}
