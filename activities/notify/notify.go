// Package notify tells people outside of Temporal that they are needed.
package notify

import "context"

// Pager wakes somebody up.
type Pager interface {
	// Page raises an alert. Pages of one key are one alert, however many are
	// sent. InvalidInput and Unauthorized when the service refuses the page or
	// our key, Unavailable when it does not answer.
	Page(ctx context.Context, page Page) error
}

// Page is one alert. It holds no secrets: it leaves the platform.
type Page struct {
	// Key makes pages that are sent again one alert.
	Key string `json:"key"`
	// Summary is one sentence: what is wrong, and where.
	Summary string `json:"summary"`
	// Source is what raised it, such as the ID of a workflow.
	Source string `json:"source"`
	// Details by name, for whoever answers the page.
	Details map[string]string `json:"details,omitempty"`
}

// Sent tells whether a page went out.
type Sent struct {
	// Sent is false when this platform has no pager.
	Sent bool `json:"sent"`
}

// Activities notify people. Pager is nil where none is set up.
type Activities struct {
	Pager Pager
}

// SendPage pages somebody, where a pager is set up. Without one it succeeds and
// says so: nobody is helped by a step that can never succeed.
func (a *Activities) SendPage(ctx context.Context, page Page) (Sent, error) {
	if a.Pager == nil {
		return Sent{}, nil
	}
	if err := a.Pager.Page(ctx, page); err != nil {
		return Sent{}, err
	}
	return Sent{Sent: true}, nil
}
