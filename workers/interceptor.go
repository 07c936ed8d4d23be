package workers

import (
	"context"

	"go.temporal.io/sdk/interceptor"
)

// Interceptor is what every worker, and every test environment of one, has around its activities.
func Interceptor() interceptor.WorkerInterceptor { return &around{} }

type around struct {
	interceptor.WorkerInterceptorBase
}

func (*around) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	inner := &beat{ActivityInboundInterceptorBase: interceptor.ActivityInboundInterceptorBase{Next: next}}
	return &faults{ActivityInboundInterceptorBase: interceptor.ActivityInboundInterceptorBase{Next: inner}}
}
