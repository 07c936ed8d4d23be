package stack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	kubejson "k8s.io/apimachinery/pkg/util/json"
)

// Rendered is what an environment is to run: every object of every service.
type Rendered struct {
	Stack       string `json:"stack"`
	Environment string `json:"environment"`
	Namespace   string `json:"namespace"`

	// Services keeps the order of the stack file.
	Services []RenderedService `json:"services"`

	// Clusters holds, for each cluster that has config of its own, the services
	// that differ there, in the order of the stack file. It is nil when all
	// clusters run the same.
	Clusters map[string][]RenderedService `json:"clusters,omitempty"`

	// Jobs are those that Slipway starts by themselves, each as the only object
	// under its key, and ClusterJobs, for each cluster that has config of its own,
	// those that differ there.
	Jobs        []RenderedService            `json:"jobs,omitempty"`
	ClusterJobs map[string][]RenderedService `json:"clusterJobs,omitempty"`
}

// In returns all services as they are in one cluster, in the order of the stack
// file.
func (r *Rendered) In(cluster string) []RenderedService {
	differing := map[string]RenderedService{}
	for _, service := range r.Clusters[cluster] {
		differing[service.Name] = service
	}
	services := slices.Clone(r.Services)
	for i, service := range services {
		if own, differs := differing[service.Name]; differs {
			services[i] = own
		}
	}
	return services
}

func (r *Rendered) addCluster(cluster string, service RenderedService) {
	if r.Clusters == nil {
		r.Clusters = map[string][]RenderedService{}
	}
	r.Clusters[cluster] = append(r.Clusters[cluster], service)
}

func (r *Rendered) addJob(cluster string, job RenderedService) {
	if r.ClusterJobs == nil {
		r.ClusterJobs = map[string][]RenderedService{}
	}
	r.ClusterJobs[cluster] = append(r.ClusterJobs[cluster], job)
}

// RenderedService is the objects of one service in the order of applying them:
// what others refer to comes before what refers to it, and workloads come after
// all that their pods need.
type RenderedService struct {
	Name    string   `json:"name"`
	Objects []Object `json:"objects"`
}

// Object is one Kubernetes object. As JSON it is its content and nothing else.
type Object struct {
	// Content has the types of the unstructured objects of apimachinery:
	// numbers are int64 or float64.
	Content map[string]any

	// Source is where the object came from. It is for messages: it is neither
	// stored nor part of the canonical bytes.
	Source Source
}

// Source is a place in the repository. Line is zero where it is not known, as
// for what a kustomization generates.
type Source struct {
	File string
	Line int
}

// String gives file:line, or the file alone.
func (s Source) String() string {
	if s.Line == 0 {
		return s.File
	}
	return fmt.Sprintf("%s:%d", s.File, s.Line)
}

// APIVersion returns the object's apiVersion, such as apps/v1.
func (o Object) APIVersion() string { return textAt(o.Content, "apiVersion") }

// Group returns the group of the object's apiVersion, "" for the core group.
func (o Object) Group() string { return groupOf(o.APIVersion()) }

// Kind returns the object's kind.
func (o Object) Kind() string { return textAt(o.Content, "kind") }

// Name returns the object's name.
func (o Object) Name() string { return textAt(o.Content, "metadata", "name") }

// Namespace returns the object's namespace, "" for one that belongs to none.
func (o Object) Namespace() string { return textAt(o.Content, "metadata", "namespace") }

// MarshalJSON writes the content.
func (o Object) MarshalJSON() ([]byte, error) {
	return marshal(o.Content)
}

// UnmarshalJSON reads the content.
func (o *Object) UnmarshalJSON(data []byte) error {
	return kubejson.Unmarshal(data, &o.Content)
}

// Canonical returns JSON with sorted keys. It is the same, byte for byte, for
// the same repository, environment and images, and holds no version, time or
// place.
func (r *Rendered) Canonical() ([]byte, error) {
	data, err := marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encoding rendered manifests: %w", err)
	}
	return data, nil
}

// ParseRendered reads what Canonical wrote.
func ParseRendered(data []byte) (*Rendered, error) {
	rendered := new(Rendered)
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(rendered); err != nil {
		return nil, fmt.Errorf("decoding rendered manifests: %w", err)
	}
	return rendered, nil
}

// marshal leaves <, > and & as they are, which json.Marshal would not: people
// read bundles.
func marshal(value any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), nil
}

func groupOf(apiVersion string) string {
	group, _, hasGroup := strings.Cut(apiVersion, "/")
	if !hasGroup {
		return ""
	}
	return group
}

// valueAt returns the value at a path of nested mappings, or nil.
func valueAt(content map[string]any, path ...string) any {
	for _, key := range path[:len(path)-1] {
		content, _ = content[key].(map[string]any)
	}
	return content[path[len(path)-1]]
}

// textAt returns the text at a path of nested mappings, or "".
func textAt(content map[string]any, path ...string) string {
	text, _ := valueAt(content, path...).(string)
	return text
}
