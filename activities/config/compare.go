package config

import (
	"cmp"
	"slices"

	"github.com/slipway-dev/slipway/hocon"
	stackconfig "github.com/slipway-dev/slipway/stack/config"
)

// comparison is how two commits differ.
type comparison struct {
	counts   Counts
	clusters []ClusterPlan
	// changes in the order of services and paths, each with its clusters.
	changes []Change
	// known finds a change that is the same in another cluster.
	known map[changeKey]int
}

// changeKey is a Change without its clusters.
type changeKey struct{ service, path, kind, old, value, oldAt, valueAt string }

// compare compares the config of every service in every cluster that either
// commit has.
func compare(before, after rendered) comparison {
	c := comparison{known: map[changeKey]int{}}
	names := either(before.services(), after.services())
	for _, cluster := range either(before.environment.Clusters, after.environment.Clusters) {
		plan := ClusterPlan{Cluster: cluster}
		for _, service := range names {
			old, _ := before.configs.Of(cluster, service)
			now, _ := after.configs.Of(cluster, service)
			if hashOf(old) == hashOf(now) {
				continue
			}
			plan.Services++
			for _, change := range changes(service, old, now) {
				plan.count(change.Kind)
				c.add(change, cluster)
			}
		}
		if plan.Services > 0 {
			c.clusters = append(c.clusters, plan)
			c.counts.add(plan.Counts)
		}
	}
	slices.SortStableFunc(c.changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Path, b.Path))
	})
	return c
}

// add counts a change that is the same in several clusters as one.
func (c *comparison) add(change Change, cluster string) {
	key := changeKey{change.Service, change.Path, change.Kind, change.Old, change.New, change.OldAt, change.NewAt}
	if at, known := c.known[key]; known {
		c.changes[at].Clusters = append(c.changes[at].Clusters, cluster)
		return
	}
	change.Clusters = []string{cluster}
	c.known[key] = len(c.changes)
	c.changes = append(c.changes, change)
}

func (c *Counts) add(more Counts) {
	c.Services += more.Services
	c.Added += more.Added
	c.Changed += more.Changed
	c.Removed += more.Removed
}

func (c *Counts) count(kind string) {
	switch kind {
	case string(hocon.Added):
		c.Added++
	case string(hocon.Removed):
		c.Removed++
	default:
		c.Changed++
	}
}

// changes lists the keys in which two configs of a service differ; nil is none.
// The values of secrets are not there to begin with: they are substitutions that
// stay open. Values whose names speak of secrets are masked all the same.
func changes(service string, old, now *stackconfig.Rendered) []Change {
	var found []Change
	for _, change := range hocon.Diff(resolved(old), resolved(now), stackconfig.NamesSecret) {
		found = append(found, Change{
			Service: service, Path: change.Path, Kind: string(change.Kind), Old: change.Old, New: change.New,
			OldAt: change.OldOrigin.String(), NewAt: change.NewOrigin.String(),
		})
	}
	return found
}

func (r rendered) services() []string {
	names := make([]string, 0, len(r.stack.Services))
	for _, service := range r.stack.Services {
		names = append(names, service.Name)
	}
	return names
}

// either joins two lists without repeating a name, in the order of the second.
func either(before, after []string) []string {
	all := slices.Clone(after)
	for _, name := range before {
		if !slices.Contains(after, name) {
			all = append(all, name)
		}
	}
	return all
}

func hashOf(config *stackconfig.Rendered) string {
	if config == nil {
		return ""
	}
	return config.Hash
}

func resolved(config *stackconfig.Rendered) *hocon.Config {
	if config == nil {
		return nil
	}
	return config.Config
}
