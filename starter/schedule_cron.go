package starter

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// maxCronComment is how much a server takes behind the # of an expression.
const maxCronComment = 200

// cronField is one field of a cron expression.
type cronField struct {
	name        string
	least, most int
	// names stand for numbers from least on, and for their first letters, at least so many.
	names   []string
	letters int
}

// cronFields are the fields of an expression in their order. Most have the five
// in the middle, from minute to weekday; a sixth is the year.
var cronFields = []cronField{
	{name: "second", most: 59},
	{name: "minute", most: 59},
	{name: "hour", most: 23},
	{name: "day", least: 1, most: 31},
	{name: "month", least: 1, most: 12, letters: 3, names: []string{
		"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
	}},
	{name: "weekday", most: 7, letters: 2, names: []string{
		"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
	}},
	{name: "year", least: 2000, most: 2100},
}

// cronWords are expressions that have a name.
var cronWords = []string{"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}

// checkCron tells what is wrong with an expression, and gives the time zone
// that it names. It knows what schedules of Temporal take, which is another
// language than that of the libraries for cron: years and seconds, 7 for Sunday,
// names cut short, @every with a phase, a zone before and a comment behind.
func checkCron(expression string) (zone string, err error) {
	rest := strings.TrimSpace(expression)
	if strings.HasPrefix(rest, "TZ=") || strings.HasPrefix(rest, "CRON_TZ=") {
		first, fields, found := strings.Cut(rest, " ")
		if !found {
			return "", errors.New("has a time zone and no fields")
		}
		_, zone, _ = strings.Cut(first, "=")
		rest = fields
	}
	rest, comment, _ := strings.Cut(rest, "#")
	rest = strings.TrimSpace(rest)
	switch {
	case strings.HasPrefix(rest, "@every"):
		return "", checkCronInterval(rest) // to the server it has no time zone
	case len(strings.TrimSpace(comment)) > maxCronComment:
		return "", fmt.Errorf("has a comment of more than %d bytes", maxCronComment)
	}
	for _, word := range cronWords {
		if rest == word {
			return zone, nil
		}
	}
	return zone, checkCronFields(strings.Fields(rest))
}

func checkCronFields(texts []string) error {
	var fields []cronField
	switch len(texts) {
	case 5:
		fields = cronFields[1:6]
	case 6:
		fields = cronFields[1:]
	case 7:
		fields = cronFields
	default:
		return fmt.Errorf("has %d fields", len(texts))
	}
	for i, field := range fields {
		if err := field.check(texts[i]); err != nil {
			return err
		}
	}
	return nil
}

// check takes *, a value, a range, each with a step if need be, and lists of them.
func (f cronField) check(text string) error {
	for part := range strings.SplitSeq(text, ",") {
		values, step, stepped := strings.Cut(part, "/")
		if n, err := strconv.Atoi(step); stepped && (err != nil || n < 1) {
			return fmt.Errorf("%s: step %q is no number above 0", f.name, step)
		}
		if values == "*" {
			continue
		}
		from, to, isRange := strings.Cut(values, "-")
		start, ok := f.value(from, f.least)
		if !ok {
			return fmt.Errorf("%s: %q is not in %d to %d", f.name, from, f.least, f.most)
		}
		if _, ok := f.value(to, start); isRange && !ok {
			return fmt.Errorf("%s: %q is not in %d to %d", f.name, to, start, f.most)
		}
	}
	return nil
}

func (f cronField) value(text string, least int) (value int, ok bool) {
	value, err := strconv.Atoi(text)
	if err != nil {
		value = f.named(text)
	}
	return value, value >= least && value <= f.most
}

// named gives the number of a name, or one that is too small.
func (f cronField) named(text string) int {
	if f.letters > 0 && len(text) >= f.letters {
		for i, name := range f.names {
			if strings.HasPrefix(name, strings.ToLower(text)) {
				return f.least + i
			}
		}
	}
	return f.least - 1
}

// checkCronInterval takes @every 12h, and @every 12h/3h with a phase.
func checkCronInterval(text string) error {
	_, interval, found := strings.Cut(text, " ")
	if !found {
		return errors.New("has no interval behind @every")
	}
	interval, behind, phased := strings.Cut(interval, "/")
	every, err := cronDuration(interval)
	switch {
	case err != nil:
		return fmt.Errorf("%q is no duration", interval)
	case every < time.Second:
		return fmt.Errorf("%q is below a second", interval)
	case !phased || behind == "":
		return nil
	}
	phase, err := cronDuration(behind)
	if err != nil || phase < 0 || phase >= every {
		return fmt.Errorf("phase %q is no duration below the interval", behind)
	}
	return nil
}

var days = regexp.MustCompile(`(\d+(\.\d*)?|(\.\d+))d`)

// cronDuration is time.ParseDuration with days of 24 hours.
func cronDuration(text string) (time.Duration, error) {
	return time.ParseDuration(days.ReplaceAllStringFunc(text, func(part string) string {
		number, err := strconv.ParseFloat(strings.TrimSuffix(part, "d"), 64)
		if err != nil {
			return part // which ParseDuration refuses
		}
		return fmt.Sprintf("%fh", 24*number)
	}))
}
