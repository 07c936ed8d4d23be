package stack

import (
	"fmt"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
)

const (
	// maxApprovers is more people than a release ever waits for.
	maxApprovers = 20
	// maxWait bounds what is waited for; a release that nobody has wanted for a
	// quarter of a year is another one by then.
	maxWait = Duration(90 * 24 * time.Hour)
	maxSoak = Duration(30 * 24 * time.Hour)
	// maxAtOnce is more services than a wave has.
	maxAtOnce = 10000
)

func (r *reader) gates(gates *Gates) []field {
	return []field{
		{name: "verified", example: "verified: false", read: func(path string, node *yaml.Node) {
			gates.Unverified = !r.truth(path, node, false)
		}},
		{name: "approval", example: "approval: {count: 2}", read: func(path string, node *yaml.Node) {
			gates.Approval = r.approval(path, node)
		}},
		{name: "freeze", example: "freeze: [{name: weekend, begins: \"0 18 * * FRI\", lasts: 60h}]", read: func(path string, node *yaml.Node) {
			const example = "{name: weekend, begins: \"0 18 * * FRI\", lasts: 60h}"
			r.list(path, node, "["+example+"]", func(path string, item *yaml.Node) {
				var window Window
				r.mapping(path, item, example, r.window(&window))
				r.checkWindow(path, item, window, gates.Freeze)
				gates.Freeze = append(gates.Freeze, window)
			})
		}},
	}
}

// Verify is what slipway.yaml says of how a release becomes verified.
type Verify struct {
	// Soak is how long it has to run here.
	Soak Duration `json:"soak,omitempty"`

	// Approval is nil when nobody is asked.
	Approval *Approval `json:"approval,omitempty"`
}

func (r *reader) verify(verify *Verify) []field {
	return []field{
		{name: "soak", example: "soak: 30m", read: func(path string, node *yaml.Node) {
			verify.Soak = r.duration(path, node, "30m", minDeadline, maxSoak)
		}},
		{name: "approval", example: "approval: {count: 1}", read: func(path string, node *yaml.Node) {
			verify.Approval = r.approval(path, node)
		}},
	}
}

func (r *reader) approval(path string, node *yaml.Node) *Approval {
	approval := Approval{Count: 1, Expires: DefaultExpires}
	r.mapping(path, node, "{count: 2, from: [ann, bob]}", r.approvalFields(&approval))
	if len(approval.From) > 0 && approval.Count > len(approval.From) {
		r.refuseAt(join(path, "count"), fmt.Sprintf("asks for %d people, and from names %d", approval.Count, len(approval.From)),
			"name more people, or ask for fewer")
	}
	return &approval
}

func (r *reader) approvalFields(approval *Approval) []field {
	return []field{
		{name: "count", example: "count: 2", read: func(path string, node *yaml.Node) {
			approval.Count = r.count(path, node, 2, maxApprovers)
		}},
		{name: "from", example: "from: [ann, bob]", read: func(path string, node *yaml.Node) {
			approval.From = r.texts(path, node, "[ann, bob]")
		}},
		{name: "expires", example: "expires: 72h", read: func(path string, node *yaml.Node) {
			approval.Expires = r.duration(path, node, "72h", minWindow, maxWait)
		}},
	}
}

func (r *reader) window(window *Window) []field {
	return []field{
		{name: "name", required: true, example: "name: weekend", read: func(path string, node *yaml.Node) {
			window.Name = r.label(path, node, "weekend")
		}},
		{name: "begins", required: true, example: "begins: \"0 18 * * FRI\"", read: func(path string, node *yaml.Node) {
			window.Begins, _ = r.text(path, node, "\"0 18 * * FRI\"")
		}},
		{name: "lasts", required: true, example: "lasts: 60h", read: func(path string, node *yaml.Node) {
			window.Lasts = r.duration(path, node, "60h", minWindow, maxWindow)
		}},
		{name: "zone", example: "zone: Europe/Berlin", read: func(path string, node *yaml.Node) {
			window.Zone, _ = r.text(path, node, "Europe/Berlin")
		}},
		{name: "running", example: "running: hold", read: func(path string, node *yaml.Node) {
			window.Running = choice(r, path, node, "nothing that can be done to a running rollout", RunningHold, RunningAbort)
		}},
	}
}

func (r *reader) checkWindow(path string, node *yaml.Node, window Window, before []Window) {
	if slices.ContainsFunc(before, func(other Window) bool { return other.Name == window.Name && window.Name != "" }) {
		r.refuse(node, join(path, "name"), fmt.Sprintf("%q names two windows", window.Name), "give each a name of its own")
	}
	if _, err := window.location(); err != nil {
		r.refuseAt(join(path, "zone"), err.Error(), "for example Europe/Berlin")
		return
	}
	if _, err := window.schedule(); err != nil && window.Begins != "" {
		r.refuseAt(join(path, "begins"), err.Error(), "minute, hour, day of the month, month, day of the week: \"0 18 * * FRI\"")
	}
}

// checkPolicies holds that environments ask for what the stack can give.
func (r *reader) checkPolicies(s *Stack) {
	for _, environment := range s.Environments {
		path := join("environments", environment.Name)
		verified := join(join(path, "gates"), "verified")
		_, asked := r.at[verified]
		switch {
		case !asked || environment.Gates.Unverified:
		case environment.Channel != ChannelStable:
			r.refuseAt(verified, fmt.Sprintf("asks of channel %s what only stable can have: an rc of the same commit that was verified", environment.Channel),
				"remove it")
		case len(s.EnvironmentsOf(ChannelRC)) == 0:
			r.refuseAt(verified, "asks for verified releases, and no environment takes channel rc, where releases are verified",
				"add an environment with channel: rc, or write verified: false")
		}
		if _, given := r.at[join(path, "verify")]; given && environment.Channel != ChannelRC {
			r.refuseAt(join(path, "verify"), fmt.Sprintf("says how releases of channel %s are verified", environment.Channel),
				"only those of channel rc are; write it there")
		}
	}
}

// truth reads true or false.
func (r *reader) truth(path string, node *yaml.Node, example bool) bool {
	r.at[path] = node
	var value bool
	if node.Kind != yaml.ScalarNode || node.ShortTag() != "!!bool" || node.Decode(&value) != nil {
		r.refuseKind(path, node, "a truth value", fmt.Sprint(example))
	}
	return value
}

// choice reads one of a few words; what says what another word is not.
func choice[T ~string](r *reader, path string, node *yaml.Node, what string, choices ...T) T {
	names := make([]string, 0, len(choices))
	for _, one := range choices {
		names = append(names, string(one))
	}
	text, ok := r.text(path, node, names[0])
	if !ok {
		return ""
	}
	if !slices.Contains(names, text) {
		r.refuse(node, path, fmt.Sprintf("%q is %s", text, what), didYouMean(text, "choices", names))
		return ""
	}
	return T(text)
}
