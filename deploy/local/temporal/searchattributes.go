package main

import (
	"context"
	"fmt"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// searchAttributes are those by which Slipway's workflows are found. SQLite has
// room for ten keywords and three lists of them in a namespace.
var searchAttributes = map[string]enums.IndexedValueType{
	"SlipwayStack":       enums.INDEXED_VALUE_TYPE_KEYWORD,
	"SlipwayEnvironment": enums.INDEXED_VALUE_TYPE_KEYWORD,
	"SlipwayVersion":     enums.INDEXED_VALUE_TYPE_KEYWORD,
	"SlipwayPhase":       enums.INDEXED_VALUE_TYPE_KEYWORD,
	// One rollout is over all clusters of its environment.
	"SlipwayCluster": enums.INDEXED_VALUE_TYPE_KEYWORD_LIST,
}

// registerSearchAttributes adds what the default namespace lacks, through the
// running server, so that it is the same for a new and for an old file. Other
// namespaces are left to those who create them.
func registerSearchAttributes(ctx context.Context, frontend endpoint) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	connection, err := grpc.NewClient(frontend.String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return fmt.Errorf("connecting to the frontend: %w", err)
	}
	defer func() { _ = connection.Close() }()
	operator := operatorservice.NewOperatorServiceClient(connection)

	known, err := operator.ListSearchAttributes(ctx,
		&operatorservice.ListSearchAttributesRequest{Namespace: defaultNamespace}, grpc.WaitForReady(true))
	if err != nil {
		return fmt.Errorf("listing search attributes: %w", err)
	}
	missing := make(map[string]enums.IndexedValueType)
	for name, kind := range searchAttributes {
		if _, found := known.GetCustomAttributes()[name]; !found {
			missing[name] = kind
		}
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = operator.AddSearchAttributes(ctx,
		&operatorservice.AddSearchAttributesRequest{Namespace: defaultNamespace, SearchAttributes: missing})
	if err != nil {
		return fmt.Errorf("registering search attributes: %w", err)
	}
	return nil
}
