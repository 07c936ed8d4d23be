package message_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/mock"
	enumspb "go.temporal.io/api/enums/v1"
	querypb "go.temporal.io/api/query/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/mocks"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/message"
)

func TestQueryWorkflow(t *testing.T) {
	t.Parallel()
	payloads, err := converter.GetDefaultDataConverter().ToPayloads(map[string]string{"version": "1.0.0"})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name     string
		response *client.QueryWorkflowWithOptionsResponse
		err      error
		want     string
		code     fault.Code
		says     string
	}{
		{
			name:     "a workflow that runs answers",
			response: &client.QueryWorkflowWithOptionsResponse{QueryResult: client.NewValue(payloads)}, want: `{"version":"1.0.0"}`,
		},
		{
			name: "one that has ended counts as none",
			response: &client.QueryWorkflowWithOptionsResponse{QueryRejected: &querypb.QueryRejected{
				Status: enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED,
			}},
			code: fault.NotFound, says: "Canceled",
		},
		{name: "one that never was", err: serviceerror.NewNotFound("none"), code: fault.NotFound, says: "no such workflow"},
		{name: "one that has no answer yet", err: serviceerror.NewQueryFailed("ask again"), code: fault.Unavailable, says: "ask again"},
		{name: "no server", err: errors.New("no connection"), code: fault.Unavailable, says: "no connection"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := mocks.NewClient(t)
			server.On("QueryWorkflowWithOptions", mock.Anything, &client.QueryWorkflowWithOptionsRequest{
				WorkflowID: "environment/shop/staging", QueryType: "current",
				QueryRejectCondition: enumspb.QUERY_REJECT_CONDITION_NOT_OPEN,
			}).Return(test.response, test.err)
			activities := message.Activities{Client: server}
			got, err := activities.QueryWorkflow(t.Context(), message.QueryWorkflowInput{ID: "environment/shop/staging", Query: "current"})
			if test.code == "" {
				if err != nil || string(got) != test.want {
					t.Fatalf("QueryWorkflow = %s, %v, want %s", got, err, test.want)
				}
				return
			}
			if fault.CodeOf(err) != test.code || err == nil || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("QueryWorkflow = %s, %v, want %s that says %q", got, err, test.code, test.says)
			}
		})
	}
}
