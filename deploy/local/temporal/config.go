package main

import (
	"time"

	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/primitives"
)

const (
	clusterName = "active"
	// clusterID is stored in the database by the first start and must not
	// differ at the next one.
	clusterID = "0f5d2a51-6a3c-4a0e-9a77-6c1f0d9f1b52"
	storeName = "sqlite"
	// joinTimeout bounds how long the services may take to find each other.
	joinTimeout = 30 * time.Second
)

// newConfig describes one node that runs all four services. Only the frontend
// has a port that clients know; the others get whatever is free at each start.
func newConfig(frontend endpoint, database *database) (*config.Config, map[primitives.ServiceName]static.Hosts, error) {
	var configuration config.Config
	configuration.Global.Membership.MaxJoinDuration = joinTimeout
	configuration.Global.Membership.BroadcastAddress = frontend.ip
	configuration.Persistence = config.Persistence{
		DefaultStore:     storeName,
		VisibilityStore:  storeName,
		NumHistoryShards: 1,
		DataStores:       map[string]config.DataStore{storeName: {SQL: &database.config}},
	}
	configuration.ClusterMetadata = &cluster.Config{
		FailoverVersionIncrement: 10,
		MasterClusterName:        clusterName,
		CurrentClusterName:       clusterName,
		ClusterInformation: map[string]cluster.ClusterInformation{clusterName: {
			Enabled:                true,
			InitialFailoverVersion: 1,
			RPCAddress:             frontend.String(),
			ClusterID:              clusterID,
		}},
	}
	configuration.DCRedirectionPolicy.Policy = "noop"
	disableArchival(&configuration)
	configuration.PublicClient.HostPort = frontend.String()

	configuration.Services = make(map[string]config.Service)
	hosts := make(map[primitives.ServiceName]static.Hosts)
	for _, name := range []primitives.ServiceName{
		primitives.FrontendService, primitives.HistoryService, primitives.MatchingService, primitives.WorkerService,
	} {
		at, err := serviceEndpoint(name, frontend)
		if err != nil {
			return nil, nil, err
		}
		var service config.Service
		service.RPC.GRPCPort = at.port
		service.RPC.BindOnIP = at.ip
		configuration.Services[string(name)] = service
		hosts[name] = static.SingleLocalHost(at.String())
	}
	return &configuration, hosts, nil
}

func serviceEndpoint(name primitives.ServiceName, frontend endpoint) (endpoint, error) {
	if name == primitives.FrontendService {
		return frontend, nil
	}
	return freeEndpoint(frontend.ip)
}

func disableArchival(configuration *config.Config) {
	const disabled = "disabled"
	configuration.Archival.History.State = disabled
	configuration.Archival.Visibility.State = disabled
	configuration.NamespaceDefaults.Archival.History.State = disabled
	configuration.NamespaceDefaults.Archival.Visibility.State = disabled
}
