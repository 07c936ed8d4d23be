package kubernetes

import (
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// parallel bounds the requests that one step has under way on a cluster. More
// would only wait for each other: a small API server is busy with eight.
const parallel = 8

// inParallel runs a step for each of the places. After a failure it begins no
// more, but waits for those that run: a write that was broken off would be one
// that nobody knows of. It gives the failure of the first place that has one.
func inParallel(places []int, step func(place int) error) error {
	failures := make([]error, len(places))
	var failed atomic.Bool
	var group errgroup.Group
	group.SetLimit(parallel)
	for i, place := range places {
		group.Go(func() error {
			if failed.Load() {
				return nil
			}
			if failures[i] = step(place); failures[i] != nil {
				failed.Store(true)
			}
			return nil
		})
	}
	_ = group.Wait() // the errors are in the failures
	for _, err := range failures {
		if err != nil {
			return err
		}
	}
	return nil
}

// allOf gives the places of so many things.
func allOf(count int) []int {
	places := make([]int, count)
	for i := range places {
		places[i] = i
	}
	return places
}
