package starter

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/slipway-dev/slipway/starter/progress"
)

// conclusion is how a command ended; the documents of all commands that wait begin
// with it.
type conclusion struct {
	// Exit is the exit code and Outcome its word, see starter help exit-codes;
	// but exit code 0 is "taken" with --no-wait, and "givenUp" after an abort.
	Exit    Code   `json:"exit"`
	Outcome string `json:"outcome"`
	// Error says why there is no verdict, or why the wish was not taken.
	Error string `json:"error,omitempty"`
	// Seconds that this command took.
	Seconds float64 `json:"seconds"`
}

func (c *conclusion) failed(err error) { c.Exit, c.Error = codeOf(err), err.Error() }

func (c *conclusion) code() Code { return c.Exit }

func (c *conclusion) left() { c.Exit = ExitStoppedWaiting }

// print writes a document as JSON, or the lines that people read. Without a
// verdict there are none: errors are for stderr.
func (c *conclusion) print(out io.Writer, asJSON bool, began time.Time, document any, lines func(took time.Duration) []string) error {
	took := time.Since(began)
	c.Seconds = took.Round(time.Millisecond).Seconds()
	if c.Outcome == "" || c.Exit != ExitReleased {
		c.Outcome = c.Exit.String()
	}
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(document)
	}
	if c.Error != "" {
		return nil
	}
	for _, line := range lines(took) {
		if _, err := fmt.Fprintln(out, progress.Printable(line)); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
	}
	return nil
}
