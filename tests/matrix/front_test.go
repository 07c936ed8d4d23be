package matrix

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/encoding/gzip" // clients may compress
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// largest is above what Temporal takes and gives in one message.
const largest = 64 << 20

// front stands between the workers of one run and Temporal. It passes everything
// on, writes down which activities of rollouts were begun, and can stop one
// before it begins or after it has ended, whatever it does.
type front struct {
	address  string
	upstream *grpc.ClientConn

	mu sync.Mutex
	// begun are the activities in the order in which they began.
	begun   []activity
	counts  map[activity]int
	byID    map[string]activity
	byToken map[string]activity
	stop    *stop
}

// activity names one of a rollout's activities.
type activity struct {
	name   string
	target string
	// n counts those of the same name and target, from 0.
	n int
}

// stop is where one activity stands still.
type stop struct {
	at     activity
	ended  bool
	once   sync.Once
	caught chan struct{}
	// released is closed when it may go on.
	released chan struct{}
}

// newFront starts a front. It ends with the test.
func newFront(t testing.TB, temporal string) *front {
	t.Helper()
	upstream, err := grpc.NewClient(temporal, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &front{address: listener.Addr().String(), upstream: upstream}
	f.begin()
	server := grpc.NewServer(grpc.ForceServerCodec(raw{}), grpc.UnknownServiceHandler(f.pass), grpc.MaxRecvMsgSize(largest))
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		_ = upstream.Close()
	})
	return f
}

// begin forgets what was begun, and what was to be stopped.
func (f *front) begin() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stop = nil
	f.begun, f.counts = nil, map[activity]int{}
	f.byID, f.byToken = map[string]activity{}, map[string]activity{}
}

// hold stops an activity before it begins, or after it has ended and before
// Temporal hears of it.
func (f *front) hold(at activity, ended bool) *stop {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stop = &stop{at: at, ended: ended, caught: make(chan struct{}), released: make(chan struct{})}
	return f.stop
}

// seen lists the activities that were begun.
func (f *front) seen() []activity {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]activity(nil), f.begun...)
}

// pass passes one call on. All of Temporal's are unary.
func (f *front) pass(_ any, stream grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(stream)
	headers, _ := metadata.FromIncomingContext(stream.Context())
	headers = headers.Copy()
	for _, own := range []string{":authority", "content-type", "user-agent"} {
		headers.Delete(own)
	}
	var question, answer []byte
	if err := stream.RecvMsg(&question); err != nil {
		return err
	}
	if err := f.asked(stream.Context(), method, question); err != nil {
		return err
	}
	ctx := metadata.NewOutgoingContext(stream.Context(), headers)
	if err := f.upstream.Invoke(ctx, method, &question, &answer, grpc.ForceCodec(raw{}), grpc.MaxCallRecvMsgSize(largest)); err != nil {
		return err
	}
	if err := f.answered(stream.Context(), method, question, answer); err != nil {
		return err
	}
	return stream.SendMsg(&answer)
}

// asked looks at what a worker says: an activity has ended.
func (f *front) asked(ctx context.Context, method string, question []byte) error {
	if !strings.HasSuffix(method, "/RespondActivityTaskCompleted") {
		return nil
	}
	var completed workflowservice.RespondActivityTaskCompletedRequest
	if err := proto.Unmarshal(question, &completed); err != nil {
		return err
	}
	f.mu.Lock()
	ended, known := f.byToken[string(completed.GetTaskToken())]
	stopped := f.stop
	f.mu.Unlock()
	if !known || stopped == nil || !stopped.ended || stopped.at != ended {
		return nil
	}
	return stopped.stand(ctx)
}

// answered looks at what a worker is told: activities to begin. Those of the
// workflows' own queue may come with the answer to a workflow task.
func (f *front) answered(ctx context.Context, method string, question, answer []byte) error {
	switch {
	case strings.HasSuffix(method, "/PollActivityTaskQueue"):
		var asked workflowservice.PollActivityTaskQueueRequest
		var task workflowservice.PollActivityTaskQueueResponse
		if err := proto.Unmarshal(question, &asked); err != nil {
			return err
		}
		if err := proto.Unmarshal(answer, &task); err != nil {
			return err
		}
		return f.given(ctx, asked.GetTaskQueue().GetName(), &task)
	case strings.HasSuffix(method, "/RespondWorkflowTaskCompleted"):
		var done workflowservice.RespondWorkflowTaskCompletedResponse
		if err := proto.Unmarshal(answer, &done); err != nil {
			return err
		}
		for _, task := range done.GetActivityTasks() {
			if err := f.given(ctx, "", task); err != nil {
				return err
			}
		}
	}
	return nil
}

// given takes note of an activity that a worker was given, and stops it if that
// is wanted: every attempt, for one that does not begin is soon given again.
func (f *front) given(ctx context.Context, queue string, task *workflowservice.PollActivityTaskQueueResponse) error {
	if task.GetWorkflowType().GetName() != rollout.Name {
		return nil
	}
	target, on := strings.CutPrefix(queue, workload.Queue(""))
	if !on {
		target = ""
	}
	f.mu.Lock()
	given, again := f.byID[task.GetActivityId()]
	if !again {
		first := activity{name: task.GetActivityType().GetName(), target: target}
		given = first
		given.n = f.counts[first]
		f.counts[first]++
		f.begun = append(f.begun, given)
		f.byID[task.GetActivityId()] = given
	}
	f.byToken[string(task.GetTaskToken())] = given
	stopped := f.stop
	f.mu.Unlock()
	if stopped == nil || stopped.ended || stopped.at != given {
		return nil
	}
	return stopped.stand(ctx)
}

// stand waits until the stop is released, or the worker is gone.
func (s *stop) stand(ctx context.Context) error {
	s.once.Do(func() { close(s.caught) })
	select {
	case <-s.released:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// raw passes messages on as the bytes that they are.
type raw struct{}

func (raw) Name() string { return "proto" }

func (raw) Marshal(message any) ([]byte, error) {
	content, ok := message.(*[]byte)
	if !ok {
		return nil, fmt.Errorf("passing on a %T", message)
	}
	return *content, nil
}

func (raw) Unmarshal(content []byte, message any) error {
	into, ok := message.(*[]byte)
	if !ok {
		return fmt.Errorf("passing on into a %T", message)
	}
	*into = append([]byte(nil), content...)
	return nil
}
