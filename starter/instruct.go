package starter

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/slipway-dev/slipway/starter/progress"
	"github.com/slipway-dev/slipway/workflows/environment"
)

// instruction is a command that tells an environment something and is answered at
// once.
type instruction struct {
	streams Streams
	where   address
	how     waiting
	by      string
	reason  string
}

// newInstruction makes the command. The request is made when its flags are known.
func newInstruction(streams Streams, use, short, long string, update string, request func(*instruction) (any, error), flags func(*cobra.Command)) *cobra.Command {
	i := &instruction{streams: streams}
	cmd := &cobra.Command{
		Use: use, Short: short, Long: long, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report := &InstructionReport{Stack: i.where.stack, Environment: i.where.environment}
			return conclude(streams, i.how, report, func() error {
				argument, err := request(i)
				if err != nil {
					return err
				}
				return i.tell(cmd.Context(), update, argument, report)
			})
		},
	}
	i.where.flags(cmd)
	cmd.Flags().StringVar(&i.by, "by", person(), "who says so; stored and shown as claimed")
	cmd.Flags().StringVar(&i.reason, "reason", "", "why; stored in the history")
	cmd.Flags().StringVarP(&i.how.output, "output", "o", "text", "what to print on stdout: text or json")
	flags(cmd)
	return cmd
}

func (i *instruction) tell(ctx context.Context, update string, argument any, report *InstructionReport) error {
	ctx, release := i.streams.untilInterrupt(ctx)
	defer release()
	c, _, err := connect(ctx)
	if err != nil {
		return orInterrupt(ctx, err)
	}
	defer c.Close()
	answer, err := send[environment.Answer](ctx, c, i.where.stack, i.where.environment, update, argument)
	if err != nil {
		return orInterrupt(ctx, err)
	}
	report.Message = answer.Message
	return nil
}

// InstructionReport is what such a command prints with --output json. Fields are
// added, never renamed.
type InstructionReport struct {
	Exit        Code   `json:"exit"`
	Outcome     string `json:"outcome"`
	Error       string `json:"error,omitempty"`
	Stack       string `json:"stack"`
	Environment string `json:"environment"`
	// Message says what was done, in one sentence.
	Message string  `json:"message,omitempty"`
	Seconds float64 `json:"seconds"`
}

func (r *InstructionReport) failed(err error) { r.Exit, r.Error = codeOf(err), err.Error() }

func (r *InstructionReport) code() Code { return r.Exit }

func (r *InstructionReport) left() { r.Exit = ExitStoppedWaiting }

func (r *InstructionReport) write(out io.Writer, asJSON bool, began time.Time) error {
	r.Seconds = time.Since(began).Round(time.Millisecond).Seconds()
	r.Outcome = r.Exit.String()
	if r.Exit == ExitReleased {
		r.Outcome = outcomeTaken
	}
	switch {
	case asJSON:
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	case r.Error != "":
		return nil // Errors are for stderr; nothing was done.
	}
	if _, err := fmt.Fprintln(out, progress.Printable(r.Message)); err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	return nil
}
