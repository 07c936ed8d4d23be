// Package control is the platform's control API: JSON over HTTP on the loopback
// interface, for tests and demonstrations that count what was done and break
// things at an exact moment. It has no authentication.
//
//	GET  /clusters/{cluster}/counts?namespace=NS    clusterproxy.Counts; without namespace everything
//	POST /clusters/{cluster}/cut                    drop all connections to the proxy, refuse new ones
//	POST /clusters/{cluster}/mend                   accept them again
//	POST /clusters/{cluster}/hold                   a faults.Rule; the answer is {"id": "hold-1"}
//	POST /clusters/{cluster}/fail                   the same, answers with the rule's status
//	POST /clusters/{cluster}/delay                  the same, delays by delayMillis
//	POST /clusters/{cluster}/drop                   the same, resets the connection
//	GET  /clusters/{cluster}/rules/{id}?wait=10s    faults.State, as soon as the rule has caught a request; with
//	                                                until=left, as soon as all that it caught have gone on or given up
//	POST /clusters/{cluster}/release                {"id": "hold-1", "drop": false}; without id all rules
//	POST /clusters/{cluster}/apiserver/kill         SIGKILL
//	POST /clusters/{cluster}/apiserver/start        start it again; answers when it is ready
//	GET  /registry/counts?repository=PREFIX         registry.Counts
//	POST /registry/{cut,mend,hold,fail,delay,drop,release}, GET /registry/rules/{id}   as for clusters
//	POST /temporal/kill                             SIGKILL
//	POST /temporal/start                            start it again on the same file; answers when it is ready
//
// A rule is an object with any of verbs, path, userAgent, dryRun, at, skip,
// times, status and delayMillis; faults.Rule says what each means. Cuts and rules act
// on the clients of the proxy only, never on the cluster's own controllers.
//
// Success without a result is answered with {}. A problem is answered with a
// 4xx or 5xx status and {"error": "…"}.
package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/slipway-dev/slipway/deploy/local/clusterproxy"
	"github.com/slipway-dev/slipway/deploy/local/faults"
	"github.com/slipway-dev/slipway/deploy/local/registry"
)

// Front is a server before which faults are played.
type Front struct {
	Gate     *faults.Gate
	Listener *faults.Listener
}

// Switch ends a process and starts it again.
type Switch struct {
	// Kill ends the process with SIGKILL; an error when it does not run.
	Kill func() error
	// Start starts the process and returns when it is ready; an error when it
	// runs already.
	Start func(context.Context) error
}

// Cluster is what the API reaches of one cluster.
type Cluster struct {
	Front
	Ledger    *clusterproxy.Ledger
	APIServer Switch
}

// Registry is what the API reaches of the registry.
type Registry struct {
	Front
	Ledger *registry.Ledger
}

// Config is what the API controls.
type Config struct {
	Clusters map[string]Cluster
	Registry Registry
	Temporal Switch
}

// API is the http.Handler of the control API.
type API struct {
	config Config
	mux    *http.ServeMux
}

// New makes the API.
func New(config Config) *API {
	api := &API{config: config, mux: http.NewServeMux()}
	api.mux.HandleFunc("GET /clusters/{cluster}/counts", api.onCluster(clusterCounts))
	api.mux.HandleFunc("GET /clusters/{cluster}/rules/{id}", api.onCluster(func(r *http.Request, c Cluster) (any, error) {
		return ruleState(r, c.Front)
	}))
	api.mux.HandleFunc("POST /clusters/{cluster}/{fault}", api.onCluster(func(r *http.Request, c Cluster) (any, error) {
		return playFault(r, c.Front)
	}))
	api.mux.HandleFunc("POST /clusters/{cluster}/apiserver/{what}", api.onCluster(func(r *http.Request, c Cluster) (any, error) {
		return nil, c.APIServer.turn(r)
	}))
	api.mux.HandleFunc("GET /registry/counts", answer(func(r *http.Request) (any, error) {
		return config.Registry.Ledger.Counts(r.URL.Query().Get("repository")), nil
	}))
	api.mux.HandleFunc("GET /registry/rules/{id}", answer(func(r *http.Request) (any, error) {
		return ruleState(r, config.Registry.Front)
	}))
	api.mux.HandleFunc("POST /registry/{fault}", answer(func(r *http.Request) (any, error) {
		return playFault(r, config.Registry.Front)
	}))
	api.mux.HandleFunc("POST /temporal/{what}", answer(func(r *http.Request) (any, error) {
		return nil, config.Temporal.turn(r)
	}))
	return api
}

// ServeHTTP serves the API.
func (a *API) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	a.mux.ServeHTTP(writer, request)
}

// refusal is an error that says which status to answer with.
type refusal struct {
	status int
	error
}

func badRequest(err error) error { return refusal{http.StatusBadRequest, err} }
func notFound(err error) error   { return refusal{http.StatusNotFound, err} }

func (a *API) onCluster(handle func(*http.Request, Cluster) (any, error)) http.HandlerFunc {
	return answer(func(request *http.Request) (any, error) {
		name := request.PathValue("cluster")
		cluster, found := a.config.Clusters[name]
		if !found {
			return nil, notFound(fmt.Errorf("no cluster %q", name))
		}
		return handle(request, cluster)
	})
}

// answer turns a result or an error into an HTTP answer.
func answer(handle func(*http.Request) (any, error)) http.HandlerFunc {
	return func(writer http.ResponseWriter, request *http.Request) {
		result, err := handle(request)
		status := http.StatusOK
		if err != nil {
			status = http.StatusInternalServerError
			var refused refusal
			if errors.As(err, &refused) {
				status = refused.status
			}
			result = map[string]string{"error": err.Error()}
		}
		if result == nil {
			result = struct{}{}
		}
		writer.Header().Set("Content-Type", "application/json")
		writer.WriteHeader(status)
		_ = json.NewEncoder(writer).Encode(result)
	}
}

func clusterCounts(request *http.Request, cluster Cluster) (any, error) {
	return cluster.Ledger.Counts(request.URL.Query().Get("namespace")), nil
}

func (s Switch) turn(request *http.Request) error {
	switch what := request.PathValue("what"); what {
	case "kill":
		if err := s.Kill(); err != nil {
			return refusal{http.StatusConflict, err}
		}
		return nil
	case "start":
		return s.Start(request.Context())
	default:
		return notFound(fmt.Errorf("no such command %q: want kill or start", what))
	}
}
