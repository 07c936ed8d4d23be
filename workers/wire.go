package workers

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.temporal.io/sdk/client"

	"github.com/slipway-dev/slipway/activities/bundle"
	bundleoci "github.com/slipway-dev/slipway/activities/bundle/oci"
	"github.com/slipway-dev/slipway/activities/calendar"
	"github.com/slipway-dev/slipway/activities/config"
	"github.com/slipway-dev/slipway/activities/image"
	"github.com/slipway-dev/slipway/activities/image/golang"
	imageoci "github.com/slipway-dev/slipway/activities/image/oci"
	"github.com/slipway-dev/slipway/activities/message"
	"github.com/slipway-dev/slipway/activities/notify"
	"github.com/slipway-dev/slipway/activities/notify/pagerduty"
	"github.com/slipway-dev/slipway/activities/queue"
	"github.com/slipway-dev/slipway/activities/registry"
	"github.com/slipway-dev/slipway/activities/scratch"
	"github.com/slipway-dev/slipway/activities/source"
	"github.com/slipway-dev/slipway/activities/source/git"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/activities/workload/kubernetes"
)

// Version of Slipway, set at link time. Clusters and registries see it in the user agent.
var Version = "dev"

// Settings of a worker process.
type Settings struct {
	Workflows bool
	Builds    int
	// Kubeconfig is a file; empty means what kubectl would use.
	Kubeconfig string
	// Cache is a directory of things that may be lost; empty means one below
	// the user's cache directory.
	Cache string
	// PagerURL and PagerKey are those of an on-call service that takes PagerDuty's
	// events. Without a key nobody is paged; without a URL it is PagerDuty.
	PagerURL string
	PagerKey string

	chosen   bool
	clusters []string
}

// SetClusters takes a comma-separated list of contexts, or "none". Without it
// the worker serves all contexts of the kubeconfig.
func (s *Settings) SetClusters(list string) error {
	s.chosen, s.clusters = true, nil
	if list == "none" {
		return nil
	}
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name == "" {
			return fmt.Errorf("an empty name in %q", list)
		}
		s.clusters = append(s.clusters, name)
	}
	return nil
}

// Wire joins the activities with the technologies that do them, and tells what
// this process can serve. It does not talk to clusters or registries.
func Wire(c client.Client, settings Settings) (Roles, Activities, error) {
	cache, err := settings.cacheDir()
	if err != nil {
		return Roles{}, Activities{}, err
	}
	space, err := scratch.Open(filepath.Join(cache, "scratch"))
	if err != nil {
		return Roles{}, Activities{}, err
	}
	repository, err := git.New(filepath.Join(cache, "git"), space)
	if err != nil {
		return Roles{}, Activities{}, err
	}
	agent := "slipway/" + Version
	registries := registry.New(agent)
	store := bundleoci.New(registries)
	clusters := kubernetes.New(kubernetes.Options{Kubeconfig: settings.Kubeconfig, Version: Version})
	targets, err := settings.targets(clusters)
	if err != nil {
		return Roles{}, Activities{}, err
	}
	pager, err := settings.pager()
	if err != nil {
		return Roles{}, Activities{}, err
	}
	roles := Roles{Workflows: settings.Workflows, Builds: settings.Builds, Targets: targets}
	return roles, Activities{
		Source:   &source.Activities{Repository: repository},
		Image:    &image.Activities{Repository: repository, Builder: golang.New(space, golang.DefaultPlatform), Registry: imageoci.New(registries)},
		Bundle:   &bundle.Activities{Store: store, Repository: repository},
		Calendar: &calendar.Activities{},
		Config:   &config.Activities{Store: store, Repository: repository},
		Workload: &workload.Activities{Targets: clusters, Store: store},
		Message:  &message.Activities{Client: c},
		Queue:    &queue.Activities{Client: c},
		Notify:   &notify.Activities{Pager: pager},
	}, nil
}

// pager gives the way to people, or nil where none is set up.
func (s *Settings) pager() (notify.Pager, error) {
	if s.PagerKey == "" {
		if s.PagerURL != "" {
			return nil, errors.New("the URL of a pager is set, but not its integration key: set SLIPWAY_PAGER_KEY")
		}
		return nil, nil //nolint:nilnil // no pager is a way to run
	}
	return pagerduty.New(s.PagerURL, s.PagerKey)
}

func (s *Settings) cacheDir() (string, error) {
	if s.Cache != "" {
		return s.Cache, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding a place for caches: %w; name one with --cache", err)
	}
	return filepath.Join(dir, "slipway"), nil
}

// targets gives the contexts to serve: those that were chosen, which must
// exist, or all.
func (s *Settings) targets(clusters *kubernetes.Clusters) ([]string, error) {
	if !s.chosen {
		return clusters.Contexts()
	}
	for _, name := range s.clusters {
		if _, err := clusters.Target(name); err != nil {
			return nil, fmt.Errorf("serving cluster %q: %w", name, err)
		}
	}
	return s.clusters, nil
}
