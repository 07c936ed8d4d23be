package reference

import (
	"errors"
	"testing"
)

func TestRunnerAnswersCaseByCase(t *testing.T) {
	t.Parallel()
	runner := Require(t, map[string]string{"REGION": "eu-1"})
	for _, test := range []struct {
		name  string
		files map[string]string
		json  string
		class string
	}{
		{name: "object", files: map[string]string{"main.conf": "b = ${REGION}\na = 1"}, json: `{"a":1,"b":"eu-1"}`},
		{name: "other environment is not seen", files: map[string]string{"main.conf": "a = ${?PATH}"}, json: `{}`},
		{name: "syntax", files: map[string]string{"main.conf": "a = {"}, class: "Parse"},
		{name: "substitution", files: map[string]string{"main.conf": "a = ${b}"}, class: "UnresolvedSubstitution"},
		{name: "sibling", files: map[string]string{"main.conf": `include "sub/one"`, "sub/one.conf": `include "two.conf"`, "sub/two.conf": "ü = ö"}, json: `{"ü":"ö"}`},
		{name: "file starts from the cases", files: map[string]string{"main.conf": `include file("sub/one.conf")`, "sub/one.conf": `include file("sub/two.conf")`, "sub/two.conf": "a = 2"}, json: `{"a":2}`},
		{name: "surrogates", files: map[string]string{"main.conf": `a = "x\ud83d\ude80y\ude80\ud83d"`}, json: "{\"a\":\"x🚀y\ufffd\ufffd\"}"},
		{name: "files of earlier cases are gone", files: map[string]string{"main.conf": `include "sub/one.conf"`}, json: `{}`},
	} {
		answer, err := runner.Resolve(test.files, "main.conf")
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		class := ""
		if answer.Failure != nil {
			class = answer.Failure.Class
		}
		if string(answer.JSON) != test.json || class != test.class {
			t.Errorf("%s: %s %+v, not %s %s", test.name, answer.JSON, answer.Failure, test.json, test.class)
		}
	}
}

func TestStartNamesWhatIsMissing(t *testing.T) {
	t.Setenv("SLIPWAY_TYPESAFE_CONFIG", "/nowhere/config.jar")
	_, err := Start(t.TempDir(), nil)
	if !errors.Is(err, ErrUnavailable) {
		t.Fatalf("%v, not ErrUnavailable", err)
	}
}
