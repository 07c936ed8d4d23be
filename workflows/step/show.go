package step

import (
	"strings"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// Search attributes by which people find workflows. A namespace needs them
// before the first start: they are of type Keyword, SlipwayCluster is a KeywordList.
var (
	StackAttribute       = temporal.NewSearchAttributeKeyKeyword("SlipwayStack")
	EnvironmentAttribute = temporal.NewSearchAttributeKeyKeyword("SlipwayEnvironment")
	VersionAttribute     = temporal.NewSearchAttributeKeyKeyword("SlipwayVersion")
	PhaseAttribute       = temporal.NewSearchAttributeKeyKeyword("SlipwayPhase")
	ClusterAttribute     = temporal.NewSearchAttributeKeyKeywordList("SlipwayCluster")
)

// Attributes lists the search attributes that a namespace needs.
func Attributes() []temporal.SearchAttributeKey {
	return []temporal.SearchAttributeKey{StackAttribute, EnvironmentAttribute, VersionAttribute, PhaseAttribute, ClusterAttribute}
}

// Tag sets search attributes of the workflow. The namespace must know them:
// otherwise the server refuses every step of the workflow. Workers look at their
// start whether it does.
func Tag(ctx workflow.Context, updates ...temporal.SearchAttributeUpdate) {
	if err := workflow.UpsertTypedSearchAttributes(ctx, updates...); err != nil {
		workflow.GetLogger(ctx).Warn("setting search attributes", "error", err)
	}
}

// Table renders rows as a Markdown table for a workflow's current details.
func Table(header []string, rows [][]string) string {
	var table strings.Builder
	line := func(cells []string) {
		for _, cell := range cells {
			table.WriteString("| ")
			table.WriteString(strings.ReplaceAll(strings.ReplaceAll(cell, "\n", " "), "|", `\|`))
			table.WriteString(" ")
		}
		table.WriteString("|\n")
	}
	line(header)
	rule := make([]string, len(header))
	for i := range rule {
		rule[i] = "---"
	}
	line(rule)
	for _, row := range rows {
		line(row)
	}
	return table.String()
}
