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

// Tag sets search attributes of the workflow. An error cannot be helped and
// does not stop the work: without the attributes it is only harder to find.
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
