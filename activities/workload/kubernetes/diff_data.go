package kubernetes

import (
	"maps"
	"path"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/hocon"
	"github.com/slipway-dev/slipway/stack/config"
)

// dataDiff tells how the content of two configs differs: key by key where it is
// a form of config that can be read, else line by line.
func dataDiff(old, now *unstructured.Unstructured) *workload.Diff {
	diff := &workload.Diff{}
	for _, field := range []string{"data", "binaryData"} {
		before, _ := old.Object[field].(map[string]any)
		after, _ := now.Object[field].(map[string]any)
		for _, key := range eitherKey(before, after) {
			was, had := before[key]
			is, has := after[key]
			if had == has && equal(was, is) {
				continue
			}
			if keys, readable := keyDiff(key, was, is); readable {
				diff.Fields = append(diff.Fields, keys...)
				continue
			}
			where := fieldpath.MakePathOrDie(field, key)
			diff.Fields = append(diff.Fields, valueChange(where.String(), key, fieldValue{was, had}, fieldValue{is, has}))
		}
	}
	if len(diff.Fields) == 0 {
		// Only the mark that it can't be changed, or values that are not shown.
		diff.Fields = []workload.FieldChange{{Path: ".immutable", Old: shownText("", old.Object["immutable"]), New: shownText("", now.Object["immutable"])}}
	}
	return diff
}

func eitherKey(a, b map[string]any) []string {
	union := maps.Clone(b)
	if union == nil {
		union = map[string]any{}
	}
	maps.Copy(union, a)
	return slices.Sorted(maps.Keys(union))
}

// keyDiff compares two files of config by their keys. It is not readable when
// either is no text in a form of config, or when they differ in nothing but what
// is no value.
func keyDiff(file string, old, now any) ([]workload.FieldChange, bool) {
	before, readsOld := parseConfig(file, old)
	after, readsNow := parseConfig(file, now)
	if !readsOld || !readsNow {
		return nil, false
	}
	var fields []workload.FieldChange
	for _, change := range hocon.Diff(before, after, config.NamesSecret) {
		fields = append(fields, workload.FieldChange{Path: change.Path, Old: oneLine(harmless(change.Old)), New: oneLine(harmless(change.New))})
	}
	return fields, len(fields) > 0
}

// parseConfig reads a file of config as it was rendered: nothing is included, and
// what is left open stays so. No file at all has no values.
func parseConfig(file string, content any) (*hocon.Config, bool) {
	if !slices.Contains(config.Forms(), path.Ext(file)) {
		return nil, false
	}
	if content == nil {
		return nil, true
	}
	text, ok := content.(string)
	if !ok {
		return nil, false
	}
	document, err := hocon.Parse(file, []byte(text), hocon.Options{})
	if err != nil {
		return nil, false
	}
	resolved, err := document.Resolve(hocon.ResolveOptions{Keep: func(string, bool) bool { return true }})
	return resolved, err == nil
}
