package kubernetes

import (
	"context"

	"github.com/slipway-dev/slipway/activities/workload"
)

func (c *cluster) Check(ctx context.Context, next workload.Scope) (workload.CheckResult, error) {
	return workload.CheckResult{}, nil
}
func (c *cluster) Prune(ctx context.Context, next, base workload.Scope) (workload.PruneResult, error) {
	return workload.PruneResult{}, nil
}
