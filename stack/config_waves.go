package stack

import "fmt"

// checkConfigWaves refuses pods that come in an earlier wave than the config
// they refer to: the ConfigMap is among the objects of the config's service, so
// they would wait for it, or start without it where it is optional. Within a
// wave config comes before pods.
func (r *renderer) checkConfigWaves(references []configReference) {
	waves := map[string]int{}
	for i, wave := range r.stack.Waves() {
		for _, service := range wave {
			waves[service] = i
		}
	}
	for _, reference := range references {
		if reference.object.job {
			continue // a Job brings a copy of the config that it sees
		}
		user := reference.object.service
		if waves[user] < waves[reference.service] {
			r.refuse(reference.object, extend(reference.at, "name"),
				fmt.Sprintf("service %q moves in an earlier wave than service %q, which brings this config", user, reference.service),
				fmt.Sprintf("add needs: [%s] to %s", reference.service, join("services", user)))
		}
	}
}
