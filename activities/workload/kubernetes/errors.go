package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-dev/slipway/activities/fault"
)

// classify puts a code on an error of the API server or of the way to it, and
// says what was being done. What is no answer at all is Unavailable.
func classify(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	doing := fmt.Sprintf(format, args...)
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return fault.New(codeOf(err), "%s: %w", doing, err)
}

func codeOf(err error) fault.Code {
	var coded *fault.Error
	switch {
	case errors.As(err, &coded):
		return coded.Code
	case meta.IsNoMatchError(err):
		return fault.InvalidInput
	case isQuota(err):
		return fault.QuotaExceeded
	case apierrors.IsUnauthorized(err), apierrors.IsForbidden(err):
		return fault.Unauthorized
	case apierrors.IsNotFound(err), apierrors.IsGone(err):
		return fault.NotFound
	case apierrors.IsConflict(err), apierrors.IsAlreadyExists(err):
		return fault.Conflict
	case apierrors.IsInvalid(err), apierrors.IsBadRequest(err), apierrors.IsMethodNotSupported(err),
		apierrors.IsNotAcceptable(err), apierrors.IsUnsupportedMediaType(err), apierrors.IsRequestEntityTooLargeError(err):
		return fault.InvalidInput
	default:
		return fault.Unavailable
	}
}

// isQuota tells a refusal by a ResourceQuota, which the API server reports as Forbidden.
func isQuota(err error) bool {
	return apierrors.IsForbidden(err) && strings.Contains(err.Error(), "exceeded quota")
}

// isStale tells that the object has changed, or gone, since it was read: the
// resourceVersion or UID of the write no longer fits.
func isStale(err error) bool {
	return apierrors.IsConflict(err) && len(ownershipConflicts(err)) == 0
}

// ownershipConflicts gives the fields that others own, as server-side apply
// reports them.
func ownershipConflicts(err error) []metav1.StatusCause {
	var answer apierrors.APIStatus
	if !errors.As(err, &answer) || answer.Status().Details == nil {
		return nil
	}
	var conflicts []metav1.StatusCause
	for _, cause := range answer.Status().Details.Causes {
		if cause.Type == metav1.CauseTypeFieldManagerConflict {
			conflicts = append(conflicts, cause)
		}
	}
	return conflicts
}

// isPassing tells that the API server did not answer, or not yet.
func isPassing(err error) bool { return codeOf(err) == fault.Unavailable }
