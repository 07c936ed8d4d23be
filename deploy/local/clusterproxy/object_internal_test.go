package clusterproxy

import (
	"fmt"
	"testing"
)

// document is a Deployment at a version; extra goes into its metadata and rest
// behind it.
func document(version, extra, rest string) *object {
	return decode(fmt.Appendf(nil,
		`{"metadata":{"name":"cart","uid":"u1","resourceVersion":%q%s},"spec":{"replicas":1}%s}`, version, extra, rest))
}

func TestMoved(t *testing.T) {
	t.Parallel()
	const (
		ours       = `,"managedFields":[{"manager":"slipway","operation":"Apply","time":"1"}]`
		oursLater  = `,"managedFields":[{"manager":"slipway","operation":"Apply","time":"2"}]`
		withStatus = `,"managedFields":[{"manager":"slipway","operation":"Apply","time":"1"},{"manager":"kcm","subresource":"status","time":"9"}]`
	)
	other := document("2", "", "")
	other.uid = "u2"
	for name, test := range map[string]struct {
		subresource   string
		before, after *object
		want          bool
	}{
		"created":                           {after: document("1", "", ""), want: true},
		"deleted":                           {before: document("1", "", ""), want: true},
		"never there":                       {},
		"nothing changed":                   {before: document("1", "", ""), after: document("1", "", "")},
		"deleted and created anew":          {before: document("1", "", ""), after: other, want: true},
		"a label changed":                   {before: document("1", "", ""), after: document("2", `,"labels":{"a":"b"}`, ""), want: true},
		"only ownership changed":            {before: document("1", ours, ""), after: document("2", oursLater, ""), want: true},
		"a controller wrote the status":     {before: document("1", ours, ""), after: document("2", withStatus, `,"status":{"replicas":1}`)},
		"a controller wrote its revision":   {before: document("1", "", ""), after: document("2", `,"annotations":{"deployment.kubernetes.io/revision":"1"}`, "")},
		"somebody wrote another annotation": {before: document("1", "", ""), after: document("2", `,"annotations":{"a":"b"}`, ""), want: true},
		"the client wrote the status":       {subresource: "status", before: document("1", "", ""), after: document("2", "", `,"status":{"replicas":1}`), want: true},
		"a deletion has begun":              {before: document("1", "", ""), after: document("2", `,"deletionTimestamp":"now"`, ""), want: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := moved(test.subresource, test.before, test.after); got != test.want {
				t.Errorf("moved: %v, want %v", got, test.want)
			}
		})
	}
}

func TestDecodeTakesOnlyObjectsThatAreKept(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"a status":      `{"kind":"Status","metadata":{},"status":"Success","details":{"uid":"u1"}}`,
		"a review":      `{"kind":"SubjectAccessReview","metadata":{"name":"x"},"status":{"allowed":true}}`,
		"a list":        `{"kind":"PodList","metadata":{"resourceVersion":"12"},"items":[]}`,
		"protobuf":      "k8s\x00\n\x0c\n\x02v1",
		"nothing":       "",
		"not an object": `"text"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := decode([]byte(body)); got != nil {
				t.Errorf("got %+v", got)
			}
		})
	}
}
