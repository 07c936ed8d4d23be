package workers

import (
	"log/slog"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
)

// LogClients makes the Kubernetes client write what it has to say to the logger
// of the worker, and not past it to standard error. It says no more than
// warnings and errors, at any level of the logger: from its finer levels on it
// tells what it sends and gets, which may be secret.
//
// The client has one logger a process, so this is for main.
func LogClients(logger *slog.Logger) {
	klog.SetLogger(logr.FromSlogHandler(logger.With("from", "client-go").Handler()))
}
