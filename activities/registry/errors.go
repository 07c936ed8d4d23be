package registry

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"syscall"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/slipway-dev/slipway/activities/fault"
)

// passing are codes of registries that mean a lost upload or a garbage
// collection at the same time: the whole push is worth another attempt.
var passing = []transport.ErrorCode{
	transport.BlobUnknownErrorCode, transport.BlobUploadInvalidErrorCode, transport.BlobUploadUnknownErrorCode,
	transport.DigestInvalidErrorCode, transport.SizeInvalidErrorCode, transport.ManifestBlobUnknownErrorCode,
	transport.TooManyRequestsErrorCode, transport.UnavailableErrorCode,
}

// Classify puts the code on an error that a registry, or the way there, gave. It
// is the only place that does. The end of a context stays what it is, and what
// can't be told apart gets no code, which makes it Internal.
func Classify(err error) error {
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	var answer *transport.Error
	if errors.As(err, &answer) {
		if code := codeOf(answer); code != "" {
			return fault.With(code, err)
		}
		return err
	}
	if lost(err) {
		return fault.With(fault.Unavailable, err)
	}
	return err
}

func codeOf(answer *transport.Error) fault.Code {
	isPassing := func(d transport.Diagnostic) bool { return slices.Contains(passing, d.Code) }
	isDenied := func(d transport.Diagnostic) bool {
		return d.Code == transport.DeniedErrorCode || d.Code == transport.UnauthorizedErrorCode
	}
	switch status := answer.StatusCode; {
	case slices.ContainsFunc(answer.Errors, isDenied), status == http.StatusUnauthorized, status == http.StatusForbidden:
		return fault.Unauthorized
	case status >= 500, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout,
		slices.ContainsFunc(answer.Errors, isPassing):
		return fault.Unavailable
	case status == http.StatusNotFound:
		return fault.NotFound
	case status >= 400:
		return fault.InvalidInput
	default:
		return ""
	}
}

// lost tells whether the registry was not reached or went away in between.
func lost(err error) bool {
	var network net.Error
	var request *url.Error
	return errors.As(err, &network) || errors.As(err, &request) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
