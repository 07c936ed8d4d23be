package starter

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slipway-dev/slipway/workflows/configsync"
)

const scheduleFile = `id: shop-drift
every: 1h
note: hourly
input:
  stack: shop
  repository: https://git.example/shop.git
  mode: drift
---
id: shop-apply
cron: ["0 7 * * MON-FRI", "@weekly"]
timeZone: Europe/Berlin
catchUpWindow: 5m
paused: true
workflow: ConfigSync
input: {stack: shop, repository: git@git.example:shop.git, ref: main, environment: staging, mode: apply, by: ann}
`

func TestAScheduleFile(t *testing.T) {
	t.Parallel()
	paused := true
	want := []schedule{
		{
			id: "shop-drift", every: time.Hour, catchUp: time.Minute, note: "hourly", workflow: "ConfigSync",
			input: configsync.Input{Stack: "shop", Repository: "https://git.example/shop.git", Mode: configsync.Drift},
		},
		{
			id: "shop-apply", cron: []string{"0 7 * * MON-FRI", "@weekly"}, timeZone: "Europe/Berlin", catchUp: 5 * time.Minute,
			paused: &paused, workflow: "ConfigSync",
			input: configsync.Input{
				Stack: "shop", Repository: "git@git.example:shop.git", Ref: "main", Environment: "staging", Mode: configsync.Apply, By: "ann",
			},
		},
	}
	got, err := parseSchedules("s.yaml", []byte(scheduleFile))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(schedule{})); diff != "" {
		t.Errorf("schedules (-want +got):\n%s", diff)
	}
}

func TestEmptyDocumentsOfAScheduleFileAreSkipped(t *testing.T) {
	t.Parallel()
	text := "---\n---\n" + strings.Replace(scheduleFile, "---\n", "---\n# nothing yet\n---\n", 1) + "---\n"
	got, err := parseSchedules("s.yaml", []byte(text))
	if err != nil || len(got) != 2 || got[0].id != "shop-drift" || got[1].id != "shop-apply" {
		t.Errorf("got %+v, %v; want shop-drift and shop-apply", got, err)
	}
}

func TestTwoSchedulesWithoutAnIDAreNoDuplicates(t *testing.T) {
	t.Parallel()
	const one = "every: 1h\ninput: {stack: shop, repository: r}\n"
	_, err := parseSchedules("s.yaml", []byte(one+"---\n"+one))
	if err == nil || strings.Count(err.Error(), "id: is required") != 2 || strings.Contains(err.Error(), "two schedules") {
		t.Errorf("got %v; want only that both ids are required", err)
	}
}

func TestTheExampleOfSchedulesIsRight(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../deploy/schedules/shop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if schedules, err := parseSchedules("shop.yaml", data); err != nil || len(schedules) != 2 {
		t.Errorf("got %d schedules, %v", len(schedules), err)
	}
}

func TestAScheduleFileThatIsWrongSaysWhere(t *testing.T) {
	t.Parallel()
	const input = "input: {stack: shop, repository: r}\n"
	for name, c := range map[string]struct{ text, want string }{
		"nothing":                   {"", "s.yaml: holds no schedule"},
		"no YAML":                   {"id: [", "s.yaml: line 1"},
		"a list":                    {"- id: x\n", "s.yaml:1:1: is no mapping"},
		"no id":                     {"every: 1h\n" + input, "s.yaml:1:1: id: is required"},
		"an unknown field":          {"id: x\nevery: 1h\nevry: 2h\n" + input, "s.yaml:3:1: evry: is not known; known are catchUpWindow, cron, every"},
		"a field twice":             {"id: x\nid: y\nevery: 1h\n" + input, `s.yaml:2:1: id: is given twice`},
		"neither every nor cron":    {"id: x\n" + input, "has neither every nor cron"},
		"every and cron":            {"id: x\nevery: 1h\ncron: \"0 0 * * *\"\n" + input, "s.yaml:2:8: every: is given beside cron"},
		"every second":              {"id: x\nevery: 1s\n" + input, "s.yaml:2:8: every: is 1s; write 1m0s or more"},
		"no duration":               {"id: x\nevery: hourly\n" + input, `s.yaml:2:8: every: "hourly" is no duration`},
		"a cron of six fields":      {"id: x\ncron: 0 0 0 * * *\n" + input, "s.yaml:2:7: cron: \"0 0 0 * * *\": day: \"0\" is not in 1 to 31"},
		"a cron in a list":          {"id: x\ncron: [\"0 0 * * *\", \"0\"]\n" + input, `s.yaml:2:21: cron[1]: "0": has 1 fields`},
		"no cron at all":            {"id: x\ncron: []\n" + input, "s.yaml:2:7: cron: is empty"},
		"no time zone":              {"id: x\ncron: \"0 0 * * *\"\ntimeZone: Berlin\n" + input, `s.yaml:3:11: timeZone: "Berlin" is no time zone`},
		"a time zone without cron":  {"id: x\nevery: 1h\ntimeZone: UTC\n" + input, "s.yaml:3:11: timeZone: means nothing without cron"},
		"a cron with a zone":        {"id: x\ncron: CRON_TZ=Berlin 0 0 * * *\n" + input, `s.yaml:2:7: cron: "CRON_TZ=Berlin 0 0 * * *": "Berlin" is no time zone`},
		"crons with two zones":      {"id: x\ncron: [TZ=UTC 0 0 * * *, \"0 0 * * *\"]\n" + input, `s.yaml:2:26: cron[1]: "0 0 * * *" has not the time zone of the first`},
		"a zone beside another":     {"id: x\ncron: TZ=UTC 0 0 * * *\ntimeZone: Asia/Tokyo\n" + input, `s.yaml:3:11: timeZone: is "Asia/Tokyo", but cron says "UTC"`},
		"a cron in a later file":    {"id: x\nevery: 1h\n" + input + "---\nid: y\ncron: 0 25 * * *\n" + input, `s.yaml:6:7: cron: "0 25 * * *": hour: "25" is not in 0 to 23; write minute, hour`},
		"paused, perhaps":           {"id: x\nevery: 1h\npaused: maybe\n" + input, `s.yaml:3:9: paused: is "maybe"`},
		"another workflow":          {"id: x\nevery: 1h\nworkflow: Release\n" + input, `s.yaml:3:11: workflow: "Release" cannot be scheduled; write ConfigSync`},
		"no stack":                  {"id: x\nevery: 1h\ninput: {repository: r}\n", "s.yaml:3:8: input.stack: is required"},
		"an unknown field of input": {"id: x\nevery: 1h\ninput: {stack: shop, repository: r, env: x}\n", "s.yaml:3:37: input.env: is not known; known are by, environment"},
		"an unknown mode":           {"id: x\nevery: 1h\ninput: {stack: shop, repository: r, mode: dry}\n", `mode is "dry"`},
		"a password":                {"id: x\nevery: 1h\ninput: {stack: shop, repository: \"https://me:secret@git.example\"}\n", "s.yaml:3:34: input.repository: https://git.example holds a password or a token"},
		"a token as the user":       {"id: x\nevery: 1h\ninput: {stack: shop, repository: \"https://secret@git.example\"}\n", "s.yaml:3:34: input.repository: https://git.example holds a password or a token"},
		"a URL that is none":        {"id: x\nevery: 1h\ninput: {stack: shop, repository: \"https://me:secret%@git.example\"}\n", "s.yaml:3:34: input.repository: it is no URL that can be read"},
		"a password and a mode":     {"id: x\nevery: 1h\ninput: {stack: shop, repository: \"https://me:secret@git.example\", mode: dry}\n", `mode is "dry"`},
		"empty documents alone":     {"---\n---\n# nothing\n---\n", "s.yaml: holds no schedule"},
		"one id for two":            {"id: x\nevery: 1h\n" + input + "---\nid: x\nevery: 1h\n" + input, `s.yaml:5:5: id: "x" is given to two schedules`},
		"text that is a mapping":    {"id: {}\nevery: 1h\n" + input, "s.yaml:1:5: id: is no text"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := parseSchedules("s.yaml", []byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %+v, %v; want an error that says %q", got, err, c.want)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error tells a secret: %v", err)
			}
		})
	}
}
