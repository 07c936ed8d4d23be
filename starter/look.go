package starter

import (
	"context"
	"errors"
	"fmt"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	imagestep "github.com/slipway-dev/slipway/activities/image"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/workflows/image"
	"github.com/slipway-dev/slipway/workflows/release"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

const (
	// askTime bounds a question that is asked again and again. A worker answers
	// in milliseconds; without one the server would keep the question for longer.
	askTime = 3 * time.Second
	// onceTime bounds a question that is asked once. The server keeps it for five
	// seconds for the worker that knew the workflow last, even if that was killed,
	// and gives it to another one only then.
	onceTime = 10 * time.Second
)

// looker asks workflows how things stand. It changes nothing.
type looker struct {
	client client.Client
	// patience bounds each question.
	patience time.Duration
	// converter decodes what activities told with their heartbeats.
	converter converter.DataConverter
}

func newLooker(c client.Client, options client.Options) *looker {
	decode := options.DataConverter
	if decode == nil {
		decode = converter.GetDefaultDataConverter()
	}
	return &looker{client: c, patience: askTime, converter: decode}
}

// once gives a looker for questions that are not asked again.
func (l *looker) once() *looker {
	patient := *l
	patient.patience = onceTime
	return &patient
}

// query asks for the status, which all of Slipway's workflows tell under one name.
func (l *looker) query(ctx context.Context, id, run string, out any) error {
	// The SDK gives a call half of the time that its context has left.
	ctx, cancel := context.WithTimeout(ctx, 2*l.patience)
	defer cancel()
	answer, err := l.client.QueryWorkflow(ctx, id, run, rollout.StatusQuery)
	if err != nil {
		return fmt.Errorf("asking %s: %w", id, err)
	}
	return answer.Get(out)
}

// rollout gives a rollout's status with the numbers of the latest heartbeats,
// which the workflow itself learns only when a watch ends.
func (l *looker) rollout(ctx context.Context, id string) (rollout.Status, error) {
	var status rollout.Status
	if err := l.query(ctx, id, "", &status); err != nil {
		return status, err
	}
	for _, activity := range l.pending(ctx, id) {
		name := activity.GetActivityType().GetName()
		if name != "WatchWave" && name != "WatchRestore" {
			continue
		}
		var beat []workload.ServiceStatus
		if l.decode(activity.GetHeartbeatDetails(), &beat) {
			queue := activity.GetActivityOptions().GetTaskQueue().GetName()
			merge(status.Services, queue, beat)
		}
	}
	return status, nil
}

// merge puts what a watch last told over what the workflow knows. The queue
// of the watch says which target it is about.
func merge(services []rollout.Service, queue string, beat []workload.ServiceStatus) {
	for _, live := range beat {
		for i := range services {
			service := &services[i]
			if service.Service != live.Service || (queue != "" && queue != workload.Queue(service.Target)) {
				continue
			}
			if service.State != rollout.StateWatching && service.State != rollout.StateRestoring {
				continue
			}
			service.Ready, service.Wanted, service.Message = live.Ready, live.Wanted, live.Message
			if live.Failure != nil {
				service.Failure = live.Failure
			}
		}
	}
}

// builds tells what each build is doing.
func (l *looker) builds(ctx context.Context, id string, images []release.ImageStatus) map[string]string {
	doing := map[string]string{}
	for _, status := range images {
		if status.State != "building" {
			continue
		}
		for _, activity := range l.pending(ctx, image.ID(id, status.Service)) {
			var beat imagestep.Progress
			if l.decode(activity.GetHeartbeatDetails(), &beat) && beat.Step != "" {
				doing[status.Service] = beat.Step
			}
		}
	}
	return doing
}

// pending lists the activities that a workflow waits for; none if that cannot
// be told, for they only make the picture finer.
func (l *looker) pending(ctx context.Context, id string) []*workflowpb.PendingActivityInfo {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	answer, err := l.client.DescribeWorkflowExecution(ctx, id, "")
	if err != nil {
		return nil
	}
	return answer.GetPendingActivities()
}

func (l *looker) decode(details *commonpb.Payloads, out any) bool {
	return details != nil && l.converter.FromPayloads(details, out) == nil
}

// reachable tells whether the server itself answers. A question to a worker
// that times out does not tell who is missing.
func (l *looker) reachable(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	_, err := l.client.CheckHealth(ctx, &client.CheckHealthRequest{})
	return err == nil
}

// silence says in words why a look got no answer.
func silence(err error, reachable bool, address string) string {
	var failing *serviceerror.WorkflowNotReady
	switch {
	case errors.As(err, &failing):
		return "the workflow's code fails in the worker, again and again; the worker's log says why"
	case !reachable:
		return "Temporal at " + address + " does not answer; still trying, the workflow goes on without this process"
	default:
		return "no worker answers; the workflow waits until one does"
	}
}
