package kubernetes

import (
	"fmt"
	"regexp"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/workload"
	"github.com/slipway-dev/slipway/stack"
)

// Reasons of problems. Their words are part of the contract: they are shown,
// searched for and matched.
const (
	reasonConflict         = "Conflict"
	reasonInvalid          = "Invalid"
	reasonForbidden        = "Forbidden"
	reasonQuotaExceeded    = "QuotaExceeded"
	reasonNamespaceMissing = "NamespaceMissing"
	reasonNameTaken        = "NameTaken"
	reasonSecretMissing    = "SecretMissing"
	reasonConfigMapMissing = "ConfigMapMissing"
	reasonTerminating      = "Terminating"
	reasonGone             = "Gone"
	reasonNotOurs          = "NotOurs"

	// reasonDisruptionBudget: a rollout would take more pods down than a budget allows.
	reasonDisruptionBudget = "DisruptionBudget"
)

// problemOf makes a problem of a refusal. An error that says nothing about the
// object, because the API server did not answer, is none.
func problemOf(err error, o object) (workload.Problem, bool) {
	problem := workload.Problem{Service: o.service, Object: o.name(), Message: err.Error()}
	switch code := codeOf(err); {
	case len(ownershipConflicts(err)) > 0:
		problem.Reason = reasonConflict
		var fields []string
		for _, conflict := range ownershipConflicts(err) {
			fields = append(fields, describeConflict(conflict))
		}
		problem.Message = strings.Join(fields, "; ")
	case code == fault.QuotaExceeded:
		problem.Reason = reasonQuotaExceeded
	case code == fault.Conflict:
		problem.Reason = reasonConflict
	case code == fault.InvalidInput:
		problem.Reason = reasonInvalid
		problem.Message = describeInvalid(err)
	case apierrors.IsForbidden(err):
		problem.Reason = reasonForbidden
	case code == fault.Unauthorized, code == fault.Unavailable, code == fault.Internal:
		return workload.Problem{}, false
	default:
		problem.Reason = string(code)
	}
	return problem, true
}

var conflictOwner = regexp.MustCompile(`conflict with "([^"]+)"`)

// onlyOurs tells a conflict with nobody but ourselves: with a handover, or with
// what a restore that was killed half-way had updated. To take that is no force.
func onlyOurs(err error) bool {
	conflicts := ownershipConflicts(err)
	for _, conflict := range conflicts {
		match := conflictOwner.FindStringSubmatch(conflict.Message)
		if match == nil || match[1] != handoverManager && match[1] != manager {
			return false
		}
	}
	return len(conflicts) > 0
}

// describeConflict names the field, its owner and the way out.
func describeConflict(cause metav1.StatusCause) string {
	owner := "another manager"
	if match := conflictOwner.FindStringSubmatch(cause.Message); match != nil {
		owner = match[1]
	}
	if cause.Field == ".spec.replicas" {
		return fmt.Sprintf("%s is owned by %q: leave replicas out of the manifest when an autoscaler or a person sets them", cause.Field, owner)
	}
	return fmt.Sprintf("%s is owned by %q: leave it out of the manifest, or let %q give it up", cause.Field, owner, owner)
}

func describeInvalid(err error) string {
	if strings.Contains(err.Error(), "field is immutable") || strings.Contains(err.Error(), "updates to statefulset spec") {
		return err.Error() + ". It can't be changed in place: give the object another name, or delete it by hand before the release"
	}
	return err.Error()
}

// joinable refuses objects that belong to another stack: it applies with the
// same manager, so that the API server would see no conflict. An object that is
// being deleted can't be brought to anything.
func joinable(o object, live *unstructured.Unstructured) error {
	if owner := live.GetLabels()[stack.StackLabel]; owner != "" && owner != o.GetLabels()[stack.StackLabel] {
		return fault.New(fault.Conflict, "%s belongs to stack %q: give it another name here, or take it out of that stack", o.name(), owner)
	}
	if live.GetDeletionTimestamp() != nil && !kept(live) {
		return fault.New(fault.Unavailable, "%s is being deleted since %s; waiting for it to be gone", o.name(), live.GetDeletionTimestamp().UTC().Format("15:04:05"))
	}
	return nil
}
