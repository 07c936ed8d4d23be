package main

import (
	"time"

	"go.temporal.io/server/common/dynamicconfig"
)

// Limits far above what one machine reaches: a release under test must be
// slowed by the work it does, never by a rate limit meant for many tenants.
const (
	requestsPerSecond = 20_000
	queriesPerSecond  = 50_000
)

// dynamicConfig are the settings that differ from the server's defaults. They
// hold for the life of the process.
func dynamicConfig() dynamicconfig.StaticClient {
	return dynamicconfig.StaticClient{
		// A namespace and its search attributes can be used as soon as their
		// creation was answered: each test makes its own and starts at once.
		dynamicconfig.NamespaceCacheRefreshInterval.Key():           200 * time.Millisecond,
		dynamicconfig.ForceSearchAttributesCacheRefreshOnRead.Key(): true,
		// A worker that stops must not take one more task into its grave.
		dynamicconfig.EnableCancelWorkerPollsOnShutdown.Key(): true,
		// A gate that stays open for a week can be tested in seconds.
		dynamicconfig.WorkflowTimeSkippingEnabled.Key(): true,

		dynamicconfig.FrontendRPS.Key():                                                        requestsPerSecond,
		dynamicconfig.FrontendMaxNamespaceRPSPerInstance.Key():                                 requestsPerSecond,
		dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key():                       requestsPerSecond,
		dynamicconfig.FrontendNamespaceReplicationInducingAPIsRPS.Key():                        requestsPerSecond,
		dynamicconfig.FrontendMaxNamespaceNamespaceReplicationInducingAPIsRPSPerInstance.Key(): requestsPerSecond,
		dynamicconfig.FrontendGlobalNamespaceNamespaceReplicationInducingAPIsRPS.Key():         requestsPerSecond,
		dynamicconfig.HistoryRPS.Key():                                                         requestsPerSecond,
		dynamicconfig.MatchingRPS.Key():                                                        requestsPerSecond,
		dynamicconfig.FrontendPersistenceMaxQPS.Key():                                          queriesPerSecond,
		dynamicconfig.HistoryPersistenceMaxQPS.Key():                                           queriesPerSecond,
		dynamicconfig.MatchingPersistenceMaxQPS.Key():                                          queriesPerSecond,
		dynamicconfig.WorkerPersistenceMaxQPS.Key():                                            queriesPerSecond,
		// All workflows share one history shard, whose queues are by default read
		// 20 times a second: every step would wait for the next 50 ms.
		dynamicconfig.TransferProcessorMaxPollRPS.Key():   requestsPerSecond,
		dynamicconfig.TimerProcessorMaxPollRPS.Key():      requestsPerSecond,
		dynamicconfig.VisibilityProcessorMaxPollRPS.Key(): requestsPerSecond,
		dynamicconfig.OutboundProcessorMaxPollRPS.Key():   requestsPerSecond,
	}
}
