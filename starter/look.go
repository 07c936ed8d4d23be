package starter

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	imagestep "github.com/slipway-dev/slipway/activities/image"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/starter/progress"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/image"
	"github.com/slipway-dev/slipway/workflows/release"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// askTime bounds one question. A worker answers in milliseconds; without one
// the server would keep the question for longer.
const askTime = 3 * time.Second

// looker asks workflows how things stand. It changes nothing.
type looker struct {
	client client.Client
	// converter decodes what activities told with their heartbeats.
	converter converter.DataConverter
}

func newLooker(c client.Client, options client.Options) *looker {
	decode := options.DataConverter
	if decode == nil {
		decode = converter.GetDefaultDataConverter()
	}
	return &looker{client: c, converter: decode}
}

func (l *looker) query(ctx context.Context, id, run, name string, out any) error {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	answer, err := l.client.QueryWorkflow(ctx, id, run, name)
	if err != nil {
		return fmt.Errorf("asking %s: %w", id, err)
	}
	return answer.Get(out)
}

// release looks at a release and at everything that runs for it.
func (l *looker) release(ctx context.Context, id, run string) (progress.Seen, error) {
	seen := progress.Seen{Rollouts: map[string]rollout.Status{}, Trouble: map[string]string{}}
	if err := l.query(ctx, id, run, release.StatusQuery, &seen.Release); err != nil {
		return progress.Seen{}, err
	}
	if seen.Release.Phase == release.PhaseBuilding {
		seen.Building = l.builds(ctx, id, seen.Release.Images)
	}
	for i := range seen.Release.Environments {
		if err := l.environment(ctx, ticket(id, run), &seen, i); err != nil {
			return progress.Seen{}, err
		}
	}
	return seen, nil
}

// environment completes what a look has seen of one environment. A release
// asks its environments only now and then, so they are asked here.
func (l *looker) environment(ctx context.Context, ticket string, seen *progress.Seen, i int) error {
	line := &seen.Release.Environments[i]
	if line.State == environment.Done || line.Outcome != nil {
		return nil
	}
	var status environment.Status
	err := l.query(ctx, environment.ID(seen.Release.Stack, line.Environment), "", environment.StatusQuery, &status)
	if err != nil {
		return unlessNotFound(err)
	}
	if status.Trouble != "" {
		seen.Trouble[line.Environment] = status.Trouble
	}
	place(line, status, ticket)
	if line.State != environment.Running {
		return nil
	}
	rolling, err := l.rollout(ctx, rollout.ID(seen.Release.Stack, line.Environment), "")
	if err != nil {
		return unlessNotFound(err)
	}
	// All rollouts of an environment share the ID; this may be the one before.
	if rolling.Version == seen.Release.Version {
		seen.Rollouts[line.Environment] = rolling
	}
	return nil
}

// place says where a ticket is in an environment.
func place(line *release.EnvironmentStatus, status environment.Status, ticket string) {
	if status.Running != nil && status.Running.Ticket == ticket {
		line.State, line.Ahead = environment.Running, 0
		return
	}
	for i, queued := range status.Queue {
		if queued.Ticket != ticket {
			continue
		}
		line.State, line.Ahead = environment.Queued, i
		if status.Running != nil {
			line.Ahead++
		}
	}
}

// rollout gives a rollout's status with the numbers of the latest heartbeats,
// which the workflow itself learns only when a watch ends.
func (l *looker) rollout(ctx context.Context, id, run string) (rollout.Status, error) {
	var status rollout.Status
	if err := l.query(ctx, id, run, rollout.StatusQuery, &status); err != nil {
		return status, err
	}
	for _, activity := range l.pending(ctx, id, run) {
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
		for _, activity := range l.pending(ctx, image.ID(id, status.Service), "") {
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
func (l *looker) pending(ctx context.Context, id, run string) []*workflowpb.PendingActivityInfo {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	answer, err := l.client.DescribeWorkflowExecution(ctx, id, run)
	if err != nil {
		return nil
	}
	return answer.GetPendingActivities()
}

func (l *looker) decode(details *commonpb.Payloads, out any) bool {
	return details != nil && l.converter.FromPayloads(details, out) == nil
}

func unlessNotFound(err error) error {
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return nil
	}
	return err
}

// silence says in words why a look got no answer.
func silence(err error, address string) string {
	var unavailable *serviceerror.Unavailable
	if errors.As(err, &unavailable) && !strings.Contains(err.Error(), "poller") {
		return "Temporal at " + address + " does not answer; still trying, the workflow goes on without this process"
	}
	return "no worker answers; the workflow waits until one does"
}
