package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/types/known/durationpb"
)

const (
	// patience is how long a test waits for what takes a second.
	patience = time.Minute
	// mainVariable makes the test binary play slipway-temporal.
	mainVariable = "SLIPWAY_TEMPORAL_TEST_MAIN"
)

func TestMain(m *testing.M) {
	if os.Getenv(mainVariable) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// child is slipway-temporal in a process of its own.
type child struct {
	t        testing.TB
	frontend endpoint
	ui       endpoint
	file     string
	command  *exec.Cmd
	output   strings.Builder
}

func newChild(t testing.TB) *child {
	t.Helper()
	frontend, err := freeEndpoint("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	ui, err := freeEndpoint("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	s := &child{t: t, frontend: frontend, ui: ui, file: filepath.Join(t.TempDir(), "temporal.db")}
	t.Cleanup(s.kill)
	return s
}

// launch starts the process without waiting for anything.
func (s *child) launch() {
	s.t.Helper()
	s.output.Reset()
	s.command = exec.Command(os.Args[0], "--address", s.frontend.String(), "--ui-address", s.ui.String(), "--db", s.file)
	s.command.Env = append(os.Environ(), mainVariable+"=1")
	s.command.Stdout, s.command.Stderr = &s.output, &s.output
	s.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.command.Start(); err != nil {
		s.t.Fatal(err)
	}
}

// start launches the process and waits until it serves.
func (s *child) start() {
	s.t.Helper()
	s.launch()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		response, err := http.Get("http://" + s.ui.String() + "/healthz")
		if err == nil {
			_ = response.Body.Close()
			return
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			s.kill()
			s.t.Fatalf("not ready in time:\n%s", s.output.String())
		}
	}
}

func (s *child) kill() {
	if s.command == nil || s.command.ProcessState != nil {
		return
	}
	_ = s.command.Process.Kill()
	_ = s.command.Wait()
}

func (s *child) dial(namespace string) client.Client {
	s.t.Helper()
	dialled, err := client.Dial(client.Options{
		HostPort: s.frontend.String(), Namespace: namespace,
		Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(dialled.Close)
	return dialled
}

const queue = "test"

// waiting ends with the text of the first signal.
func waiting(ctx workflow.Context) (string, error) {
	var text string
	workflow.GetSignalChannel(ctx, "end").Receive(ctx, &text)
	return text, nil
}

func startWorker(t *testing.T, dialled client.Client) {
	t.Helper()
	started := worker.New(dialled, queue, worker.Options{})
	started.RegisterWorkflowWithOptions(waiting, workflow.RegisterOptions{Name: "waiting"})
	if err := started.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(started.Stop)
}

func TestAnOpenWorkflowSurvivesKill(t *testing.T) {
	t.Parallel()
	s := newChild(t)
	s.start()
	first := s.dial(defaultNamespace)
	run, err := first.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "kept", TaskQueue: queue}, "waiting")
	if err != nil {
		t.Fatal(err)
	}
	for round := range 3 {
		s.kill()
		s.start()
		if _, err := s.dial(defaultNamespace).DescribeWorkflowExecution(t.Context(), "kept", run.GetRunID()); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
	}
	again := s.dial(defaultNamespace)
	startWorker(t, again)
	if err := again.SignalWorkflow(t.Context(), "kept", "", "end", "done"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var result string
	if err := again.GetWorkflow(ctx, "kept", "").Get(ctx, &result); err != nil || result != "done" {
		t.Errorf("the workflow ended with %q and %v", result, err)
	}
}

func TestSearchAttributesAreRegisteredInAnOldFileToo(t *testing.T) {
	t.Parallel()
	s := newChild(t)
	// A file of a server that did not know them.
	old, err := openDatabase(s.file)
	if err != nil {
		t.Fatal(err)
	}
	old.Close()
	for range 2 {
		s.start()
		known, err := s.dial(defaultNamespace).OperatorService().ListSearchAttributes(t.Context(),
			&operatorservice.ListSearchAttributesRequest{Namespace: defaultNamespace})
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range searchAttributes {
			if kind := known.GetCustomAttributes()[name]; kind != want {
				t.Errorf("%s is of kind %v", name, kind)
			}
		}
		s.kill()
	}
}

func TestANewNamespaceCanBeUsedAtOnce(t *testing.T) {
	t.Parallel()
	s := newChild(t)
	s.start()
	const namespace = "mine"
	admin := s.dial(namespace)
	_, err := admin.WorkflowService().RegisterNamespace(t.Context(), &workflowservice.RegisterNamespaceRequest{
		Namespace: namespace, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	retry(ctx, t, "adding search attributes", func() error {
		_, err := admin.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
			Namespace:        namespace,
			SearchAttributes: map[string]enums.IndexedValueType{"SlipwayStack": enums.INDEXED_VALUE_TYPE_KEYWORD},
		})
		return err
	})
	stack := temporal.NewSearchAttributeKeyKeyword("SlipwayStack")
	retry(ctx, t, "starting a workflow", func() error {
		_, err := admin.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
			ID: "first", TaskQueue: queue, TypedSearchAttributes: temporal.NewSearchAttributes(stack.ValueSet("shop")),
		}, "waiting")
		return err
	})
	retry(ctx, t, "finding it", func() error {
		found, err := admin.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{
			Namespace: namespace, Query: `SlipwayStack = "shop"`,
		})
		if err == nil && found.GetCount() != 1 {
			err = errors.New("not there yet")
		}
		return err
	})
}

// usableWithin is what a test that makes its own namespace may have to wait for
// the server's caches.
const usableWithin = 2 * time.Second

func retry(ctx context.Context, t *testing.T, what string, do func() error) {
	t.Helper()
	begin := time.Now()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		err := do()
		if err == nil {
			break
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			t.Fatalf("%s: %v", what, err)
		}
	}
	took := time.Since(begin)
	t.Logf("%s took %s", what, took)
	if took > usableWithin {
		t.Errorf("%s took %s, want less than %s", what, took, usableWithin)
	}
}

func TestATakenPortIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	for flag, pick := range map[string]func(*child) endpoint{
		"--address":    func(s *child) endpoint { return s.frontend },
		"--ui-address": func(s *child) endpoint { return s.ui },
	} {
		t.Run(flag, func(t *testing.T) {
			t.Parallel()
			s := newChild(t)
			taken, err := net.Listen("tcp", pick(s).String())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = taken.Close() }()
			s.launch()
			err = s.command.Wait()
			if err == nil {
				t.Fatal("the server started")
			}
			for _, want := range []string{flag, pick(s).String(), "address already in use"} {
				if !strings.Contains(s.output.String(), want) {
					t.Errorf("%q does not contain %q", s.output.String(), want)
				}
			}
		})
	}
}

func TestAFileInUseIsRefused(t *testing.T) {
	t.Parallel()
	s := newChild(t)
	held, err := openDatabase(s.file)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	s.launch()
	if err := s.command.Wait(); err == nil || !strings.Contains(s.output.String(), "another slipway-temporal") {
		t.Errorf("ended with %v: %s", err, s.output.String())
	}
}

func TestAFileLeftHalfMadeIsMadeAnew(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "temporal.db")
	if err := os.WriteFile(file+".new", []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	opened, err := openDatabase(file)
	if err != nil {
		t.Fatal(err)
	}
	opened.Close()
}

func TestTerminationIsClean(t *testing.T) {
	t.Parallel()
	s := newChild(t)
	s.start()
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.command.Wait(); err != nil {
		t.Errorf("ended with %v:\n%s", err, s.output.String())
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arguments []string
		want      string
	}{
		"no file":                 {nil, "--db is missing"},
		"a host name":             {[]string{"--db", "x", "--address", "localhost:7233"}, "--address"},
		"no port":                 {[]string{"--db", "x", "--ui-address", "127.0.0.1"}, "--ui-address"},
		"a random port":           {[]string{"--db", "x", "--address", "127.0.0.1:0"}, "port must be given"},
		"a level that is unknown": {[]string{"--db", "x", "--log-level", "loud"}, `"loud"`},
		"an argument too many":    {[]string{"--db", "x", "start"}, `"start"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := parseFlags(test.arguments)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}
