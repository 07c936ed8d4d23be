//go:build record

package replay

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/slipway-dev/slipway/tests/rig"
)

var (
	payloads   = regexp.MustCompile(`"data":\s*"[A-Za-z0-9+/=]+"`)
	identities = regexp.MustCompile(`"identity":\s*"[^"]*"`)
)

// scrubber replaces what is of the machine that recorded, and of no use to a replay.
type scrubber struct{ names *strings.Replacer }

// neutral gives a history in which nothing tells where it was recorded.
func (s scrubber) neutral(history []byte) []byte {
	history = identities.ReplaceAll(history, []byte(`"identity": "worker"`))
	history = []byte(s.names.Replace(string(history))) // messages of failures are written as they are
	return payloads.ReplaceAllFunc(history, func(field []byte) []byte {
		quoted := field[bytes.IndexByte(field, ':')+1:]
		data, err := base64.StdEncoding.DecodeString(strings.Trim(string(bytes.TrimSpace(quoted)), `"`))
		if err != nil {
			return field
		}
		return fmt.Appendf(nil, `"data": %q`, base64.StdEncoding.EncodeToString([]byte(s.names.Replace(string(data)))))
	})
}

func record(t *testing.T, r *rig.Rig, scrub scrubber, id, path string) {
	t.Helper()
	var history historypb.History
	events := r.Client.GetWorkflowHistory(t.Context(), id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		if err != nil {
			t.Fatalf("reading the history of %s: %v", id, err)
		}
		history.Events = append(history.Events, event)
	}
	content, err := protojson.MarshalOptions{Indent: " "}.Marshal(&history)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(scrub.neutral(content), '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
}
