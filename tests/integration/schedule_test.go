package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"go.temporal.io/sdk/client"

	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/tests/rig"
)

// TestCronIsTakenAsTheServerTakesIt holds what the starter knows of cron against
// the server: what is wrong is found before the first schedule is applied, and
// nothing is refused that the server would take.
func TestCronIsTakenAsTheServerTakesIt(t *testing.T) {
	t.Parallel()
	r := rig.New(t, platformtest.Load(t))
	for i, cron := range []string{
		"*/5 1-5/2,8 1,15 * MON-FRI", "0 0 * * 7", "0 0 * sept tues", "0 0 1 1 * 2030", "30 0 0 1 1 * *", "@daily # nightly",
		"@every 12h/3h", "@every 1d", "CRON_TZ=Europe/Berlin 0 3 * * *", "TZ=UTC @weekly",
		"0 25 * * *", "0 0 * * MON-SUN", "? * * * *", "0 0 1 1 * 1999", "@reboot", "@every 1h/2h", "CRON_TZ=Berlin 0 3 * * *",
	} {
		_, err := r.Client.ScheduleClient().Create(t.Context(), client.ScheduleOptions{
			ID: fmt.Sprintf("asked-%d", i), Spec: client.ScheduleSpec{CronExpressions: []string{cron}},
			Action: &client.ScheduleWorkflowAction{ID: "x", Workflow: "ConfigSync", TaskQueue: "nobody"}, Paused: true,
		})
		id := fmt.Sprintf("read-%d", i)
		file := filepath.Join(t.TempDir(), "schedules.yaml")
		text := "id: first-" + id + "\nevery: 1h\npaused: true\ninput: {stack: shop, repository: r}\n---\n" +
			"id: " + id + "\npaused: true\ninput: {stack: shop, repository: r}\ncron: \"" + cron + "\"\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		want := exitDone
		if err != nil {
			want = exitBadInput
		}
		code, stdout, stderr := r.Starter("schedule", "apply", "-f", file)
		if code != want {
			t.Errorf("%q: the server says %v; exit code %d, want %d\n%s%s", cron, err, code, want, stdout, stderr)
		}
		if want == exitBadInput {
			wantText(t, stderr, file+":9:7: cron: ")
			if stdout != "" {
				t.Errorf("%q: a schedule was applied all the same:\n%s", cron, stdout)
			}
		}
	}
}
