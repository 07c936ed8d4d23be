package starter

import "testing"

// What is said here of each expression is what a Temporal server does with it;
// tests/integration asks one.
func TestCron(t *testing.T) {
	t.Parallel()
	for expression, zone := range map[string]string{
		"0 3 * * *": "", "*/5 1-5/2,8 1,15 */3 MON-FRI": "", "0 0 * * 7": "", "0 0 * * 0-7": "", "0 0 * jan-sept tues": "",
		"0 0 1 1 * 2030": "", "0 0 1 1 * 2030/2": "", "30 0 0 1 1 * *": "", "* * * * * * *": "", "0 0 31 2 *": "", "3/10 * * * *": "",
		"  0 3 * * *  ": "", "0 3 * * * # nightly": "", "@daily # nightly": "", "@midnight": "", "+5 * * * *": "",
		"@every 90m": "", "@every 12h/3h": "", "@every 1d": "", "@every 1.5d/6h": "", "@every 1s": "", "@every 1h # often": "", "@every 1h/": "",
		"CRON_TZ=Europe/Berlin 0 3 * * *": "Europe/Berlin", "TZ=UTC @weekly": "UTC", "TZ= 0 3 * * *": "", "CRON_TZ=UTC @every 1h": "",
	} {
		if got, err := checkCron(expression); err != nil || got != zone {
			t.Errorf("%q: %q, %v; want the zone %q", expression, got, err, zone)
		}
	}
	for expression, want := range map[string]string{
		"0 3 * *":           "has 4 fields",
		"0 0 0 1 1 * * *":   "has 8 fields",
		"@reboot":           "has 1 fields",
		"60 * * * *":        `minute: "60" is not in 0 to 59`,
		"0 24 * * *":        `hour: "24" is not in 0 to 23`,
		"0 0 0 * *":         `day: "0" is not in 1 to 31`,
		"0 0 * 13 *":        `month: "13" is not in 1 to 12`,
		"0 0 * ja *":        `month: "ja" is not in 1 to 12`,
		"0 0 * * 8":         `weekday: "8" is not in 0 to 7`,
		"0 0 * * m":         `weekday: "m" is not in 0 to 7`,
		"0 0 * * mondays":   `weekday: "mondays" is not in 0 to 7`,
		"0 0 * * MON-SUN":   `weekday: "SUN" is not in 1 to 7`,
		"0 0 1 1 * 1999":    `year: "1999" is not in 2000 to 2100`,
		"30-10 * * * *":     `minute: "10" is not in 30 to 59`,
		"1-5-7 * * * *":     `minute: "5-7" is not in 1 to 59`,
		"1,,2 * * * *":      `minute: "" is not in 0 to 59`,
		"? * * * *":         `minute: "?" is not in 0 to 59`,
		"*-5 * * * *":       `minute: "*" is not in 0 to 59`,
		"*/0 * * * *":       `minute: step "0" is no number above 0`,
		"*/ * * * *":        `minute: step "" is no number above 0`,
		"3/5/7 * * * *":     `minute: step "5/7" is no number above 0`,
		"TZ=UTC":            "has a time zone and no fields",
		"@every":            "has no interval behind @every",
		"@every often":      `"often" is no duration`,
		"@every 10ms":       `"10ms" is below a second`,
		"@every 1h/2h":      `phase "2h" is no duration below the interval`,
		"@every 1h/-1m":     `phase "-1m" is no duration below the interval`,
		"UTC 0 0 * * * 1 1": "has 8 fields",
	} {
		if _, err := checkCron(expression); err == nil || err.Error() != want {
			t.Errorf("%q: %v; want %s", expression, err, want)
		}
	}
}
