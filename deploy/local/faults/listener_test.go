package faults_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/deploy/local/faults"
	"github.com/slipway-dev/slipway/deploy/local/faults/faultstest"
)

// patience is how long a test waits for what takes milliseconds.
const patience = 30 * time.Second

func get(t *testing.T, server *httptest.Server) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

func TestCutRefusesConnectionsUntilMend(t *testing.T) {
	t.Parallel()
	server, listener := faultstest.Serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for round := range 3 {
		if err := get(t, server); err != nil {
			t.Fatalf("before the cut in round %d: %v", round, err)
		}
		if err := listener.Cut(); err != nil {
			t.Fatal(err)
		}
		if err := listener.Cut(); err != nil {
			t.Fatalf("cutting twice: %v", err)
		}
		if !listener.IsCut() {
			t.Fatal("does not count as cut")
		}
		if err := get(t, server); err == nil {
			t.Fatal("a request got through the cut")
		}
		if _, err := net.Dial("tcp", listener.Addr().String()); err == nil {
			t.Fatal("a connection was accepted during the cut")
		}
		if other, err := net.Listen("tcp", listener.Addr().String()); err == nil {
			_ = other.Close()
			t.Fatal("somebody else could take the port during the cut")
		}
		if err := listener.Mend(); err != nil {
			t.Fatal(err)
		}
	}
	if err := listener.Mend(); err != nil {
		t.Fatalf("mending what is whole: %v", err)
	}
	if err := get(t, server); err != nil {
		t.Fatalf("after the last mend: %v", err)
	}
}

func TestCutDropsAStreamThatIsOpen(t *testing.T) {
	t.Parallel()
	server, listener := faultstest.Serve(t, http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		_, _ = io.WriteString(writer, "first event")
		_ = http.NewResponseController(writer).Flush()
		<-request.Context().Done()
	}))
	response, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.ProtoMajor != 2 {
		t.Fatalf("the test is about HTTP/2, this is %s", response.Proto)
	}
	event := make([]byte, len("first event"))
	if _, err := io.ReadFull(response.Body, event); err != nil {
		t.Fatal(err)
	}
	if err := listener.Cut(); err != nil {
		t.Fatal(err)
	}
	if _, err := response.Body.Read(event); err == nil || err == io.EOF {
		t.Errorf("reading on gave %v, want a broken connection", err)
	}
}

func TestCloseEndsAccept(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string]bool{"while connections are accepted": false, "while they are cut": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listener := faultstest.Listen(t)
			ended := make(chan error, 1)
			go func() {
				_, err := listener.Accept()
				ended <- err
			}()
			if cut {
				if err := listener.Cut(); err != nil {
					t.Fatal(err)
				}
			}
			if err := listener.Close(); err != nil {
				t.Fatal(err)
			}
			select {
			case err := <-ended:
				if err == nil {
					t.Error("a connection was accepted")
				}
			case <-time.After(patience):
				t.Error("Accept did not end")
			}
		})
	}
}

func TestDropConnectionLeavesOtherConnections(t *testing.T) {
	t.Parallel()
	server, _ := faultstest.Serve(t, http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		if request.URL.Path == "/drop" {
			faults.DropConnection(request)
		}
	}))
	if _, err := server.Client().Get(server.URL + "/drop"); err == nil {
		t.Error("the dropped request was answered")
	}
	if err := get(t, server); err != nil {
		t.Errorf("the next connection: %v", err)
	}
}
