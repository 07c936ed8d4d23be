package clusterproxy

import (
	"mime"
	"net/http"
	"slices"
	"strings"
)

// Object names what a request is about. Fields that do not apply are empty.
type Object struct {
	// Resource is the plural with its group, such as "deployments.apps" or
	// "pods".
	Resource    string `json:"resource"`
	Subresource string `json:"subresource,omitempty"`
	Namespace   string `json:"namespace,omitempty"`
	Name        string `json:"name,omitempty"`
}

// target is a request understood.
type target struct {
	Object
	verb   string
	write  bool
	dryRun bool
	// manager is the field manager that a write names.
	manager string
	// path is that of the object itself, without a subresource; for a create
	// it is that of the collection.
	path string
}

var mutatingVerbs = []string{"create", "update", "patch", "apply", "delete", "deletecollection"}

// parse understands the paths of the Kubernetes API. Anything else, such as
// discovery and health, is a "get" of no resource. The body is that of a write.
func parse(request *http.Request, body []byte) target {
	parsed := target{verb: "get", path: request.URL.Path}
	group, rest, found := splitGroup(request.URL.Path)
	if !found || len(rest) == 0 {
		return parsed
	}
	if rest[0] == "namespaces" && len(rest) > 2 && !isNamespaceSubresource(rest) {
		parsed.Namespace, rest = rest[1], rest[2:]
	}
	parsed.Resource = rest[0]
	if group != "" {
		parsed.Resource += "." + group
	}
	if len(rest) > 1 {
		parsed.Name = rest[1]
	}
	if len(rest) > 2 {
		parsed.Subresource = strings.Join(rest[2:], "/")
		parsed.path = strings.TrimSuffix(parsed.path, "/"+parsed.Subresource)
	}
	if parsed.Resource == "namespaces" {
		parsed.Namespace = parsed.Name
	}
	parsed.verb = verbOf(request, parsed.Name)
	parsed.write = slices.Contains(mutatingVerbs, parsed.verb)
	if parsed.write {
		parsed.manager = request.URL.Query().Get("fieldManager")
	}
	parsed.dryRun = parsed.write && isDryRun(request, parsed.verb, body)
	return parsed
}

// splitGroup takes /api/v1/… and /apis/GROUP/VERSION/… apart.
func splitGroup(path string) (group string, rest []string, found bool) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case parts[0] == "api" && len(parts) > 2:
		return "", parts[2:], true
	case parts[0] == "apis" && len(parts) > 3:
		return parts[1], parts[3:], true
	default:
		return "", nil, false
	}
}

// isNamespaceSubresource tells /namespaces/NAME/status from
// /namespaces/NAME/pods.
func isNamespaceSubresource(rest []string) bool {
	return len(rest) == 3 && (rest[2] == "status" || rest[2] == "finalize")
}

func verbOf(request *http.Request, name string) string {
	switch request.Method {
	case http.MethodPost:
		return "create"
	case http.MethodPut:
		return "update"
	case http.MethodPatch:
		contentType, _, _ := mime.ParseMediaType(request.Header.Get("Content-Type"))
		if strings.HasPrefix(contentType, "application/apply-patch") {
			return "apply"
		}
		return "patch"
	case http.MethodDelete:
		if name == "" {
			return "deletecollection"
		}
		return "delete"
	}
	query := request.URL.Query()
	switch {
	case query.Get("watch") == "true" || query.Get("watch") == "1":
		return "watch"
	case name == "":
		return "list"
	default:
		return "get"
	}
}

func isDryRun(request *http.Request, verb string, body []byte) bool {
	if request.URL.Query().Get("dryRun") != "" {
		return true
	}
	// Deletes may carry their options as body.
	return strings.HasPrefix(verb, "delete") && hasDryRunOption(body)
}
