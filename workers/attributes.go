package workers

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/slipway-dev/slipway/workflows/step"
)

// CheckAttributes refuses a namespace that lacks Slipway's search attributes,
// and names the command that adds them: without them the server would refuse
// every step of every workflow, and nobody would see why.
//
// A server that does not let us look is believed to have them.
func CheckAttributes(ctx context.Context, c client.Client, namespace string, logger *slog.Logger) error {
	answer, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		logger.Warn("looking for search attributes", "error", err)
		return nil
	}
	if missing := missingAttributes(answer.GetCustomAttributes()); len(missing) > 0 {
		return fmt.Errorf("the Temporal namespace %q lacks search attributes; add them with: temporal operator search-attribute create --namespace %s %s",
			namespace, namespace, strings.Join(missing, " "))
	}
	return nil
}

// missingAttributes gives the arguments that add what is missing or of another type.
func missingAttributes(known map[string]enumspb.IndexedValueType) []string {
	var missing []string
	for _, wanted := range step.Attributes() {
		if known[wanted.GetName()] != wanted.GetValueType() {
			missing = append(missing, fmt.Sprintf("--name %s --type %s", wanted.GetName(), wanted.GetValueType()))
		}
	}
	return missing
}
